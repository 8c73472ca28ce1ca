import { Client } from "@modelcontextprotocol/sdk/client/index.js"
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Json, JsonObject } from "../../src/domain/Json.ts"
import { MemoryBackend } from "../tree/memoryBackend.ts"
import { memoryGateway, specOf } from "../tree/memoryGateway.ts"

const wrong: ReadonlyArray<Json> = [5, "x", true, [1], ["x"], [{}], [null], {}, { a: 1 }]

/** A definition once for each known member and each kind of wrong value; some of them are right by chance. */
const spoiled = (base: JsonObject, names: ReadonlyArray<string>, values = wrong): ReadonlyArray<JsonObject> =>
  names.flatMap((member) => values.map((value) => ({ ...base, [member]: value })))

/** Gives each its own key, for what is listed twice counts once. */
const numbered = (key: string, definitions: ReadonlyArray<JsonObject>): ReadonlyArray<JsonObject> =>
  definitions.map((definition, at) => ({ ...definition, ...(key in definition && { [key]: `${key}${at}:///x` }) }))

const common = ["title", "description", "icons", "_meta"]
const inputSchema = { type: "object" }
const nested = (
  member: string,
  inner: ReadonlyArray<string>,
  wrap: (value: JsonObject) => Json
): ReadonlyArray<JsonObject> =>
  inner.flatMap((name) => wrong.map((value) => ({ [member]: wrap({ name: "n", src: "s", [name]: value }) })))

const hints = ["title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"]
const asIs = (value: JsonObject): Json => value
const listed = (value: JsonObject): Json => [value]
const icons = nested("icons", ["src", "mimeType", "sizes", "theme"], listed)
const notes = nested("annotations", ["audience", "priority", "lastModified"], asIs)

const inputs = spoiled({ type: "object" }, ["type", "properties", "required"]).concat({
  type: "object",
  properties: { a: true }
})
const outputs = inputs.concat(
  { type: "object", properties: { a: { pattern: "(" } } },
  { oneOf: [] },
  { type: "object", not: 5 }
)

const tools: ReadonlyArray<JsonObject> = [
  ...spoiled({ name: "t", inputSchema }, [...common, "inputSchema", "outputSchema", "annotations", "execution"]),
  ...[...icons, ...nested("annotations", hints, asIs), ...nested("execution", ["taskSupport"], asIs)].map((more) => ({
    name: "t",
    inputSchema,
    ...more
  })),
  ...inputs.map((schema) => ({ name: "t", inputSchema: schema })),
  ...outputs.map((outputSchema) => ({ name: "t", inputSchema, outputSchema })),
  { inputSchema },
  { name: 5, inputSchema }
]
const prompts: ReadonlyArray<JsonObject> = [
  ...spoiled({ name: "p" }, [...common, "arguments"]),
  ...[...icons, ...nested("arguments", ["name", "title", "description", "required"], listed)].map((more) => ({
    name: "p",
    ...more
  }))
]
const contents = (key: string): ReadonlyArray<JsonObject> => [
  ...spoiled({ name: "r", [key]: "x" }, ["name", ...common, "mimeType", "size", "annotations"]),
  ...[...icons, ...notes].map((more) => ({ name: "r", [key]: "x", ...more })),
  { [key]: "x" },
  { name: "r", [key]: 5 },
  ...["2025-02-30T00:00:00Z", "2025-02-03", "2025-02-03T25:00:00Z", "2025-02-03T00:00:00"].map((lastModified) => ({
    name: "r",
    [key]: "x",
    annotations: { lastModified }
  }))
]

/** Null stands for "none" at some servers. */
const fine = (base: JsonObject): JsonObject => ({
  ...base,
  title: null,
  description: "d",
  icons: null,
  _meta: null,
  odd: 1
})
const lists: Readonly<Record<string, JsonObject>> = {
  "tools/list": { tools: [...numbered("name", tools), fine({ name: "good", inputSchema, outputSchema: null })] },
  "prompts/list": { prompts: [...numbered("name", prompts), fine({ name: "good", arguments: null })] },
  "resources/list": {
    resources: [...numbered("uri", contents("uri")), fine({ name: "r", uri: "good:///r", size: null })]
  },
  "resources/templates/list": {
    resourceTemplates: [
      ...numbered("uriTemplate", contents("uriTemplate")),
      fine({ name: "r", uriTemplate: "good:///{a}", annotations: { lastModified: "2024-02-29T10:00:00.5+01:00" } })
    ]
  }
}

describe("definitions of which a member is not of its type", () => {
  it.effect("never take the list away from a client of the official SDK, and the good ones stay", () =>
    Effect.gen(function* () {
      const offers = { tools: ["x"], prompts: ["x"], resources: ["x"], templates: ["x"] }
      const backend = new MemoryBackend(specOf("a"), offers, { answer: ({ method }) => lists[method] })
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const line = connect()
      const [near, far] = InMemoryTransport.createLinkedPair()
      let sent = 0
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- a transport has nothing else
      far.onmessage = (message) => {
        line.sendText(JSON.stringify(message))
        for (const text of line.texts.slice(sent)) void far.send(JSON.parse(text))
        sent = line.texts.length
      }
      const client = new Client({ name: "sdk", version: "1" })
      yield* Effect.promise(() => client.connect(near))
      const names = (yield* Effect.promise(() => client.listTools())).tools.map(({ name }) => name)
      assert.include(names, "a__good")
      assert.include(
        (yield* Effect.promise(() => client.listPrompts())).prompts.map(({ name }) => name),
        "a__good"
      )
      const { resources } = yield* Effect.promise(() => client.listResources())
      assert.include(
        resources.map(({ uri }) => uri),
        "good:///r"
      )
      const { resourceTemplates } = yield* Effect.promise(() => client.listResourceTemplates())
      assert.include(
        resourceTemplates.map(({ uriTemplate }) => uriTemplate),
        "good:///{a}"
      )
      line.request("tools/list", {}, { modern: {} })
      const whole = line.texts.at(-1)
      assert.include(
        whole,
        '"outputSchema":{"oneOf":[]}',
        "a client of the stateless era gets those that only it allows"
      )
      assert.isAbove(gateway.table().withheld.length, 200)
      yield* Effect.promise(() => client.close())
    })
  )
})
