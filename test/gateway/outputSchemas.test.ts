import { AjvJsonSchemaValidator } from "@modelcontextprotocol/sdk/validation/ajv"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { Json, JsonObject } from "../../src/domain/Json.ts"
import { isStatefulOutputSchema } from "../../src/gateway/OutputSchema.ts"
import { holds } from "../fixtures/property.ts"

const inside = (member: Json): JsonObject => ({
  type: "object",
  properties: { a: { $ref: "#/$defs/b" } },
  $defs: { b: member }
})

const fit: ReadonlyArray<JsonObject> = [
  inside({ type: ["string", "null"], pattern: "^a+$", format: "date-time", description: "b" }),
  inside({ anyOf: [{ type: "array", items: { $ref: "#" } }, { enum: [1, null] }, true], "x-vendor": 5 }),
  { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", additionalProperties: false },
  { type: "object", properties: { id: { type: "string" }, $async: { const: null } }, required: ["id"] }
]

const unfit: ReadonlyArray<Json> = [
  { type: "array" },
  { oneOf: [{ type: "object" }] },
  { type: "object", properties: { a: true } },
  inside({ type: "strange" }),
  inside({ $ref: "#/$defs/none" }),
  inside({ pattern: "(" }),
  inside({ patternProperties: { "(": {} } }),
  inside({ required: "a" }),
  inside({ items: 5 }),
  inside({ not: { anyOf: [{ minimum: "1" }] } }),
  inside({ nullable: true }),
  inside({ id: "b" }),
  inside({ enum: [] }),
  inside({ $ref: "#/$defs/b" }),
  inside({ examples: [{ $anchor: "#" }] })
]

const keyword = fc.constantFrom(
  ..."type properties required items anyOf not $ref pattern patternProperties enum nullable id format minimum".split(
    " "
  ),
  ..."dependencies additionalProperties $defs const if contains uniqueItems $async default prefixItems".split(" ")
)
const word = fc.constantFrom<Json>(
  "string",
  "object",
  "(",
  "#",
  "#/$defs/a",
  "#/properties/a/items",
  "date",
  "valueOf",
  true,
  1,
  null
)
const { schema } = fc.letrec<{ schema: Json; value: Json }>((tie) => ({
  schema: fc.dictionary(keyword, tie("value"), { maxKeys: 3 }),
  value: fc.oneof(
    { maxDepth: 4 },
    word,
    tie("schema"),
    fc.array(fc.oneof(word, tie("schema")), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("a", "b", "("), tie("schema"), { maxKeys: 2 })
  )
}))

describe("output schemas in the list of a client of the stateful era", () => {
  const sdk = new AjvJsonSchemaValidator()

  it("are those of objects that a client can compile", () => {
    for (const schema of fit) {
      assert.isTrue(isStatefulOutputSchema(schema), JSON.stringify(schema))
      sdk.getValidator(schema)
    }
    for (const schema of unfit) assert.isFalse(isStatefulOutputSchema(schema), JSON.stringify(schema))
  })

  it("never throw in the official SDK, whatever they are", () => {
    let compiled = 0
    holds(fc.record({ a: schema, b: schema }), ({ a, b }) => {
      const root: JsonObject = { type: "object", properties: { a: { items: a } }, $defs: { a: b } }
      if (!isStatefulOutputSchema(root)) return
      new AjvJsonSchemaValidator().getValidator(root)
      compiled++
    })
    assert.isAbove(compiled, 5)
  })
})
