import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { unfitForMerging } from "../../src/backend/MergedFitness.ts"
import { definitionDepth, definitionNodes, ownNameLength, toolProblem } from "../../src/backend/CatalogCheck.ts"
import type { Json, JsonObject } from "../../src/domain/Json.ts"
import { parse } from "../../src/protocol/Envelope.ts"
import { holds } from "../fixtures/property.ts"

const tool = (changes: JsonObject = {}, schema: JsonObject = {}): JsonObject => ({
  name: "read",
  inputSchema: { type: "object", ...schema },
  ...changes
})

const nested = (levels: number): Json => (levels === 0 ? 1 : { deeper: nested(levels - 1) })

/** What a model reads and a person does not see. */
const invisible = [
  ...["\u{e0041}", "\u202e", "\u2066", "\u200b", "\u2060", "\ufeff", "\u{e007f}", "\u{e0100}", "\u{e01ef}", "\ufe00"],
  ...[
    "\ufe0d",
    "\u00ad",
    "\u034f",
    "\u061c",
    "\u180e",
    "\u200e",
    "\u200f",
    "\u3164",
    "\ufff9",
    "\u0000",
    "\u001b",
    "\u0085"
  ]
]

const refused: ReadonlyArray<readonly [what: string, definition: JsonObject, why: RegExp]> = [
  ["no name", { inputSchema: { type: "object" } }, /no name/],
  ["an empty name", tool({ name: "" }), /no name/],
  ["a name that is a number", tool({ name: 7 }), /no name/],
  ["a name too long", tool({ name: "n".repeat(ownNameLength + 1) }), /longer than 256/],
  ["no inputSchema", { name: "read" }, /not an object/],
  ["an inputSchema that is true", tool({ inputSchema: true }), /not an object/],
  ["an inputSchema that is a list", tool({ inputSchema: [] }), /not an object/],
  ["an inputSchema without a type", tool({ inputSchema: {} }), /type is undefined/],
  ["an inputSchema for a list", tool({}, { type: "array" }), /type is "array"/],
  ["properties that are a list", tool({}, { properties: [] }), /properties is not an object/],
  [
    "a reference into the network",
    tool({}, { properties: { a: { $ref: "https://evil.example/x" } } }),
    /refers to https/
  ],
  ["a reference into the file system", tool({}, { $defs: { a: { $ref: "FILE:///etc/passwd" } } }), /refers to FILE/],
  ["a reference to a host, without a scheme", tool({ outputSchema: { $ref: "//host/x" } }), /refers to \/\/host/],
  ["the same, as URL parsers read it", tool({ outputSchema: { $ref: " \\\t/host/x" } }), /refers to \\\/host/],
  ["a dynamic reference", tool({}, { $defs: { a: { $dynamicRef: "http://host/#x" } } }), /refers to http:/],
  [
    "a reference that its base leads away",
    tool({}, { $id: "https://host/", $defs: { a: { $ref: "x" } } }),
    /refers to x of https:/
  ],
  ["a dialect to fetch", tool({}, { $schema: "https://host/schema" }), /of the dialect https:\/\/host/],
  ["an outputSchema that is a string", tool({ outputSchema: "str" }), /it has a outputSchema that is not an object/],
  ["a title that is a number", tool({ title: 5 }), /it has a title that is not a string/],
  ["annotations that are a string", tool({ annotations: "x" }), /it has a annotations that is not an object/],
  ["a hint that is a string", tool({ annotations: { readOnlyHint: "no" } }), /readOnlyHint that is not true or false/],
  ["an icon without a source", tool({ icons: [{ src: "a" }, {}] }), /icons that has an entry 1 that has a src/],
  ["a property that is true", tool({}, { properties: { a: true } }), /property a is not an object/],
  ["required that is a name", tool({}, { required: "a" }), /required is not a list of names/],
  ["nesting one level too deep", tool({ _meta: nested(definitionDepth) }), /nested deeper than 64/],
  ["one value too many", tool({ _meta: Array.from({ length: definitionNodes }, () => 1) }), /more than 20000 values/]
]

const accepted: ReadonlyArray<readonly [what: string, definition: JsonObject]> = [
  ["nothing but what is needed", tool()],
  ["a name as long as allowed", tool({ name: "n".repeat(ownNameLength) })],
  ["odd names of the tool itself, which are made fit elsewhere", tool({ name: "läs fil" })],
  ["alternatives below the top", tool({}, { properties: { a: { anyOf: [{ type: "string" }, { type: "null" }] } } })],
  ["a reference within itself", tool({}, { $defs: { a: {} }, properties: { a: { $ref: "#/$defs/a" } } })],
  ["a property name as long as allowed", tool({}, { properties: { ["p".repeat(64)]: {} } })],
  ["nesting as deep as allowed", tool({ _meta: nested(definitionDepth - 1) })],
  ["joiners of emoji and scripts", tool({ description: "\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u0645\u200c\u06cc" })],
  ["a choice between text and emoji", tool({ description: "\u2764\ufe0f \u2764\ufe0e\r\n\t" })],
  [
    "a published dialect, and a base with references within itself",
    tool({}, { $schema: "http://json-schema.org/draft-07/schema#", $id: "https://host/", $defs: { a: { $ref: "#" } } })
  ],
  ["unknown members, icons and output schemas", tool({ icons: [], outputSchema: { oneOf: [] }, "x-vendor": { a: 1 } })]
]

/** MCP allows them; models' APIs do not. */
const unfit: ReadonlyArray<readonly [what: string, definition: JsonObject, why: RegExp]> = [
  ["oneOf at the top", tool({}, { oneOf: [] }), /"oneOf" at the top level/],
  ["anyOf at the top", tool({}, { anyOf: [] }), /"anyOf" at the top level/],
  ["allOf at the top", tool({}, { allOf: [] }), /"allOf" at the top level/],
  ["a property with a space", tool({}, { properties: { "a b": {} } }), /property named "a b"/],
  ["a property without a name", tool({}, { properties: { "": {} } }), /property named ""/],
  ["a property name too long", tool({}, { properties: { ["p".repeat(65)]: {} } }), /property named/]
]

describe("the check of a listed tool", () => {
  for (const [what, definition, why] of unfit) {
    it(`leaves a tool with ${what} out of the merged list only`, () => {
      assert.isUndefined(toolProblem(definition))
      assert.match(unfitForMerging(definition) ?? "", why)
    })
  }

  for (const [what, definition, why] of refused) {
    it(`withholds a tool with ${what}`, () => assert.match(toolProblem(definition) ?? "", why))
  }

  for (const [what, definition] of accepted) {
    it(`passes a tool with ${what}`, () => {
      assert.isUndefined(toolProblem(definition))
      assert.isUndefined(unfitForMerging(definition))
    })
  }

  it("finds a character nobody sees wherever it hides, in values and in keys", () => {
    const places: ReadonlyArray<(text: string) => JsonObject> = [
      (text) => tool({ name: `read${text}` }),
      (text) => tool({ description: `Reads.${text}` }),
      (text) => tool({ annotations: { title: text } }),
      (text) => tool({}, { properties: { a: { description: [{ deep: text }] } } }),
      (text) => tool({}, { $defs: { [text]: {} } }),
      (text) => tool({ _meta: { [`k${text}`]: 1 } })
    ]
    for (const place of places) {
      for (const text of invisible)
        assert.match(toolProblem(place(text)) ?? "", /invisible/, JSON.stringify(place(text)))
    }
  })

  it("finds it in a long description too, written with escapes", () => {
    const description = String.raw`\u200b` + "x".repeat(10_000)
    const listed = `{"tools":[{"name":"read","description":"${description}","inputSchema":{"type":"object"}}]}`
    const message = parse(`{"jsonrpc":"2.0","id":"sg:1","result":${listed}}`)
    const tools = message._tag === "Reply" ? message.value["tools"] : undefined
    const [first] = Array.isArray(tools) ? tools : []
    assert.match(toolProblem(first) ?? "", /invisible/)
  })

  it("ends for any definition, with a word or none, and never throws", () => {
    const json = fc.jsonValue({ maxDepth: 6 }).map((value): Json => JSON.parse(JSON.stringify(value)))
    const definition = fc.dictionary(fc.constantFrom("name", "inputSchema", "type", "properties", "$ref", "a"), json)
    holds(definition, (definition) => {
      const problem = toolProblem(definition)
      assert.isTrue(problem === undefined || problem.length > 0)
    })
  })
})
