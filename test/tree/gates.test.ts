import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Gate, Passage } from "../../src/policy/Gate.ts"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"

const offers = {
  tools: ["echo", "other"],
  prompts: ["poem"],
  resources: ["note://1"],
  templates: ["note://{id}"]
}

const backendOf = (era: "legacy" | "modern") => new MemoryBackend(specOf("a"), { era, ...offers }, { onCall: echoing })

const denyAll: Gate = {
  name: "deny all",
  check: ({ backend }) => ({
    _tag: "Deny",
    configPath: "rbac.roles.none",
    refusal: { code: -31050, message: "not for you", backend }
  })
}

const broken = (name: string, check: () => unknown): Gate => {
  const gate = { name, check }
  // What a gate written in plain JavaScript may do: TypeScript would not let it.
  return JSON.parse("{}", () => gate)
}

/** Everything a client can ask for that would reach the backend. */
const requests = [
  ["tools/call", { name: "a__echo", arguments: { text: "canary" } }],
  ["prompts/get", { name: "a__poem", arguments: { text: "canary" } }],
  ["resources/read", { uri: "note://1" }],
  ["resources/read", { uri: "note://canary" }],
  ["completion/complete", { ref: { type: "ref/prompt", name: "a__poem" }, argument: { name: "x", value: "canary" } }],
  ["completion/complete", { ref: { type: "ref/resource", uri: "note://{id}" }, argument: { name: "id", value: "" } }],
  ["resources/subscribe", { uri: "note://1" }]
] as const

describe("gates", () => {
  for (const era of ["legacy", "modern"] as const) {
    it.effect(`INV-2 no byte reaches a ${era} backend when one denies, whatever is asked`, () =>
      Effect.gen(function* () {
        const backend = backendOf(era)
        const tree = yield* memoryGateway({ backends: [backend], gates: [denyAll] })
        const before = backend.frames.length
        const client = tree.connect().open()
        const modern = tree.connect()
        for (const [method, params] of requests) {
          assert.strictEqual(errorOf(client.reply(client.request(method, params))).code, -31050, method)
          if (method === "resources/subscribe") continue
          assert.strictEqual(errorOf(modern.reply(modern.request(method, params, { modern: {} }))).code, -31050, method)
        }
        modern.request(
          "subscriptions/listen",
          { notifications: { resourceSubscriptions: ["note://1"] } },
          { modern: {} }
        )
        yield* pass(5_000)
        assert.deepStrictEqual(backend.frames.slice(before), [])
      })
    )
  }

  it.effect("INV-2 the refusal says who refused and that nothing was sent", () =>
    Effect.gen(function* () {
      const { connect } = yield* memoryGateway({ backends: [backendOf("legacy")], gates: [denyAll] })
      const client = connect().open()
      const { data, message } = errorOf(client.reply(client.call("a__echo")))
      assert.strictEqual(message, "not for you")
      assert.deepStrictEqual(data, { source: "sentinel-gateway", certainty: "not_sent", backend: "a" })
    })
  )

  it.effect("are asked in order with the public name and what is asked, until one denies", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const note =
        (name: string, verdict: Gate["check"]) =>
        (passage: Passage): ReturnType<Gate["check"]> => {
          asked.push(
            `${name} ${passage.backend} ${passage.target} ${JSON.stringify(passage.request.params["arguments"])}`
          )
          return verdict(passage)
        }
      const only: Gate["check"] = (passage) =>
        passage.target === "a__echo" ? { _tag: "Allow" } : denyAll.check(passage)
      const gates = [
        { name: "1", check: note("first", () => ({ _tag: "Allow" })) },
        { name: "2", check: note("second", only) },
        { name: "3", check: note("third", () => ({ _tag: "Allow" })) }
      ]
      const { connect } = yield* memoryGateway({ backends: [backendOf("legacy")], gates })
      const client = connect().open()
      assert.strictEqual(textOf(client.reply(client.call("a__echo", { text: "x" }))), "echo:x")
      assert.strictEqual(errorOf(client.reply(client.call("a__other", { text: "y" }))).code, -31050)
      assert.deepStrictEqual(asked, [
        'first a a__echo {"text":"x"}',
        'second a a__echo {"text":"x"}',
        'third a a__echo {"text":"x"}',
        'first a a__other {"text":"y"}',
        'second a a__other {"text":"y"}'
      ])
    })
  )

  it.effect("see a long argument as the text that it is", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      const check: Gate["check"] = ({ request }) => {
        seen.push(request.params["arguments"])
        return { _tag: "Allow" }
      }
      const backend = backendOf("legacy")
      const { connect } = yield* memoryGateway({ backends: [backend], gates: [{ name: "reader", check }] })
      const client = connect().open()
      const text = "x".repeat(10_000)
      const id = client.call("a__echo", { text })
      assert.deepStrictEqual(seen, [{ text }])
      assert.strictEqual(textOf(client.reply(id)), `echo:${text}`)
    })
  )

  const brokenGates = [
    broken("that throws", () => {
      throw new Error("database gone")
    }),
    broken("that throws nothing at all", () => {
      throw undefined
    }),
    broken("without a verdict", () => undefined),
    broken("with a promise for a verdict", () => Promise.resolve({ _tag: "Allow" })),
    broken("that misspells", () => ({ _tag: "allow" })),
    broken("that denies without a reason", () => ({ _tag: "Deny" }))
  ]
  for (const gate of brokenGates) {
    it.effect(`INV-11 a gate ${gate.name} is a deny, and the gateway goes on`, () =>
      Effect.gen(function* () {
        const backend = backendOf("legacy")
        const tree = yield* memoryGateway({ backends: [backend], gates: [gate] })
        const before = backend.frames.length
        const client = tree.connect().open()
        const { code, message } = errorOf(client.reply(client.call("a__echo", { text: "canary" })))
        assert.strictEqual(code, -31010)
        assert.strictEqual(message, `the gate "${gate.name}" failed, so the call is refused`)
        assert.deepStrictEqual(backend.frames.slice(before), [])
        assert.deepStrictEqual(client.names(client.request("tools/list")), ["a__echo", "a__other"])
      })
    )
  }
})
