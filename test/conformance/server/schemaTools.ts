import { fromJsonSchema, type McpServer } from "@modelcontextprotocol/server"
import { said } from "./media.ts"

/** Uses every keyword of JSON Schema 2020-12 that must survive a listing: `$defs`, `$anchor`, composition, conditions. */
const vocabulary = fromJsonSchema({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } }
    }
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" }
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false
})

const region = { type: "string" as const, description: "Where to look", "x-mcp-header": "Region" }

const regional = fromJsonSchema<{ region: string }>({
  type: "object",
  properties: { region },
  required: ["region"]
})

/** Tools whose input schema is the point: what a listing keeps of it, and what the HTTP headers repeat of a call. */
export const registerSchemaTools = (server: McpServer): void => {
  server.registerTool(
    "json_schema_2020_12_tool",
    { description: "Tool with JSON Schema 2020-12 features", inputSchema: vocabulary },
    () => said("The arguments are valid.")
  )
  server.registerTool(
    "test_header_parameter",
    { description: "Takes an argument that the request repeats in a header", inputSchema: regional },
    ({ region }) => said(`Looked in ${region}.`)
  )
}
