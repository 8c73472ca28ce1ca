import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { JsonObject } from "../../src/domain/Json.ts"
import { jsonRpcCodes } from "../../src/protocol/JsonRpcCodes.ts"
import { errorOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing } from "./memoryBackend.ts"
import { memoryGateway, specOf } from "./memoryGateway.ts"
import { Poster } from "./memoryPosts.ts"

type Params = (prefix: string) => JsonObject

const ref = (prefix: string) => ({ type: "ref/prompt", name: `${prefix}poem` })
const argument = { name: "about", value: "r" }

/** By method, parameters of a form that no server takes. */
const wrong: ReadonlyArray<readonly [string, ReadonlyArray<Params>]> = [
  [
    "tools/call",
    ["text", 7, null, true, ["x"]].map((given) => (prefix) => ({ name: `${prefix}echo`, arguments: given }))
  ],
  [
    "prompts/get",
    ["x", null, ["x"], { a: 1 }, { a: null }, { a: {} }].map((given) => (prefix) => ({
      name: `${prefix}poem`,
      arguments: given
    }))
  ],
  [
    "completion/complete",
    [
      () => ({ ref: "x", argument }),
      () => ({ ref: { type: "ref/tool", name: "x" }, argument }),
      () => ({ ref: { name: "x" }, argument }),
      () => ({ ref: { type: "ref/prompt" }, argument }),
      () => ({ ref: { type: "ref/resource", uri: 7 }, argument }),
      (prefix) => ({ ref: ref(prefix) }),
      (prefix) => ({ ref: ref(prefix), argument: "x" }),
      (prefix) => ({ ref: ref(prefix), argument: { name: "x" } }),
      (prefix) => ({ ref: ref(prefix), argument: { name: "x", value: 7 } }),
      (prefix) => ({ ref: ref(prefix), argument, context: { arguments: { a: 1 } } }),
      (prefix) => ({ ref: ref(prefix), argument, context: "x" })
    ]
  ]
]

/** Of a form that has to go through. */
const right: ReadonlyArray<readonly [string, Params]> = [
  ["tools/call", (prefix) => ({ name: `${prefix}echo` })],
  ["tools/call", (prefix) => ({ name: `${prefix}echo`, arguments: { n: 1, deep: [null] } })],
  ["tools/call", (prefix) => ({ name: `${prefix}echo`, arguments: { long: "x".repeat(100_000) } })],
  ["prompts/get", (prefix) => ({ name: `${prefix}poem` })],
  ["prompts/get", (prefix) => ({ name: `${prefix}poem`, arguments: { about: "rain" } })],
  ["completion/complete", (prefix) => ({ ref: ref(prefix), argument })],
  ["completion/complete", (prefix) => ({ ref: ref(prefix), argument, context: {} })],
  ["completion/complete", (prefix) => ({ ref: ref(prefix), argument, context: { arguments: { a: "b" } } })],
  ["completion/complete", () => ({ ref: { type: "ref/resource", uri: "note://{id}" }, argument })]
]

const backendOf = () =>
  new MemoryBackend(
    specOf("a"),
    { tools: ["echo"], prompts: ["poem"], templates: ["note://{id}"] },
    { onCall: echoing }
  )

for (const scope of [undefined, "a"]) {
  const prefix = scope === undefined ? "a__" : ""
  describe(`parameters of the wrong form, ${scope === undefined ? "merged" : "scoped"}`, () => {
    it.effect("are answered by the gateway: its backend hears nothing of them, and its circuit stays closed", () =>
      Effect.gen(function* () {
        const backend = backendOf()
        const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
        const [client, poster] = [connect("client", { scope }).open(), new Poster(gateway, undefined, scope)]
        for (const [method, all] of wrong) {
          for (const params of all.map((make) => make(prefix))) {
            const { code, message } = errorOf(client.reply(client.request(method, params)))
            assert.strictEqual(code, jsonRpcCodes.invalidParams, `${method} ${JSON.stringify(params)}`)
            assert.match(message, /^params\./)
            assert.strictEqual(poster.post(method, params).code, jsonRpcCodes.invalidParams)
          }
        }
        assert.lengthOf(backend.calls, 0)
      })
    )

    it.effect("are told from those that only the server can judge", () =>
      Effect.gen(function* () {
        const backend = backendOf()
        const { connect } = yield* memoryGateway({ backends: [backend] })
        const client = connect("client", { scope }).open()
        for (const [method, make] of right) client.request(method, make(prefix))
        assert.deepStrictEqual(
          backend.calls.map(({ method }) => method),
          right.map(([method]) => method)
        )
      })
    )
  })
}
