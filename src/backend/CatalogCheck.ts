import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import { mirroredParams } from "../protocol/MirroredParams.ts"
import { shapeProblem } from "./DefinitionShape.ts"
import type { DefinitionKind } from "./DefinitionShape.ts"
import { hasHidden } from "./HiddenText.ts"
import { foreignDialect, SchemaReferences } from "./SchemaReferences.ts"

/** Deepest nesting of a tool definition. */
export const definitionDepth = 64
/** Most JSON values in a tool definition; a schema beyond this costs every client more than it says. */
export const definitionNodes = 20_000
/** Longest own name of a tool. */
export const ownNameLength = 256

/**
 * Why an offer can't be passed on, or `undefined` when it can. Checked one by one: one bad offer must not take its
 * neighbours with it (protocol notes, "What gateways get wrong").
 */
export const offerProblem = (kind: DefinitionKind, definition: JsonObject): string | undefined =>
  kind === "tool" ? toolProblem(definition) : (definitionProblem(definition) ?? shapeProblem(kind, definition))

/** The same for a tool, whose schemas are read by clients and models. */
export const toolProblem = (definition: JsonObject): string | undefined => {
  const name = definition["name"]
  if (typeof name !== "string" || name.length === 0) return "has no name"
  if (name.length > ownNameLength) return `its name is longer than ${ownNameLength} characters`
  const { inputSchema, outputSchema } = definition
  return (
    definitionProblem(definition) ??
    inputSchemaProblem(inputSchema) ??
    shapeProblem("tool", definition) ??
    dialectProblem(inputSchema) ??
    dialectProblem(outputSchema)
  )
}

/**
 * Why a tool can't be called over HTTP, or `undefined` when it can: arguments that its server wants as headers are named
 * in a way that is no header's (MCP 2026-07-28, server/tools, "x-mcp-header": such a tool is excluded, over HTTP only).
 */
export const mirrorProblem = ({ inputSchema }: JsonObject): string | undefined => {
  const mirrored = mirroredParams(inputSchema)
  return typeof mirrored === "string" ? `its inputSchema ${mirrored}` : undefined
}

const dialectProblem = (schema: Json | undefined): string | undefined => {
  const dialect = isJsonObject(schema) ? foreignDialect(schema) : undefined
  return dialect === undefined ? undefined : `its schema is of the dialect ${dialect.slice(0, 80)}`
}

const inputSchemaProblem = (schema: Json | undefined): string | undefined => {
  if (!isJsonObject(schema)) return "its inputSchema is not an object"
  if (schema["type"] !== "object") return `its inputSchema's type is ${JSON.stringify(schema["type"])}, not "object"`
  const { properties, required = [] } = schema
  if (!Array.isArray(required) || required.some((name) => typeof name !== "string")) {
    return "its inputSchema's required is not a list of names"
  }
  if (properties === undefined) return undefined
  if (!isJsonObject(properties)) return "its inputSchema's properties is not an object"
  const untyped = Object.keys(properties).find((key) => !isJsonObject(properties[key]))
  return untyped === undefined ? undefined : `its inputSchema's property ${untyped} is not an object`
}

/**
 * Why a definition of any kind (tool, prompt, resource, template) can't be passed on. Bounds on the whole of it, found
 * without recursion so that no depth can exhaust the stack.
 */
export const definitionProblem = (definition: JsonObject): string | undefined => {
  let nodes = 0
  const references = new SchemaReferences()
  const rest: Array<{ readonly value: Json | undefined; readonly depth: number }> = [{ value: definition, depth: 0 }]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (++nodes > definitionNodes) return `its definition has more than ${definitionNodes} values`
    if (next.depth > definitionDepth) return `its definition is nested deeper than ${definitionDepth}`
    const { value, depth } = next
    if (typeof value === "string" && hasHidden(value)) return "it contains invisible characters"
    if (typeof value !== "object" || value === null) continue
    if (isJsonObject(value)) {
      const foreign = references.foreignIn(value)
      if (foreign !== undefined) return `its schema refers to ${foreign.slice(0, 80)}`
      for (const key of Object.keys(value)) {
        if (hasHidden(key)) return "it contains invisible characters"
        rest.push({ value: value[key], depth: depth + 1 })
      }
    } else {
      for (const member of value) rest.push({ value: member, depth: depth + 1 })
    }
  }
  return undefined
}
