import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { JsonObject } from "../../src/domain/Json.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import type { Gate, Passage } from "../../src/policy/Gate.ts"
import { patienceMillis } from "../../src/gateway/Patience.ts"
import { errorOf, objectIn, resultOf, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { Poster } from "./memoryPosts.ts"

const long = "l".repeat(100)
const odd = "odd.name/with parts"

const offers = {
  tools: ["echo", long, odd],
  prompts: ["poem"],
  resources: ["note://1"],
  templates: ["note://{id}"],
  instructions: "be kind"
}

const pair = () => [
  new MemoryBackend(specOf("a"), offers, { onCall: echoing }),
  new MemoryBackend(specOf("b"), { tools: ["echo"], resources: ["note://1"], era: "modern" }, { onCall: echoing })
]

const scope = "a"

describe("a client of one backend", () => {
  it.effect("sees that backend alone, under its own names, whole and unchanged", () =>
    Effect.gen(function* () {
      const { connect, gateway } = yield* memoryGateway({ backends: pair() })
      const client = connect("scoped", { scope }).open()
      const poster = new Poster(gateway, undefined, scope)
      assert.deepStrictEqual(client.names(client.request("tools/list")), ["echo", long, odd])
      assert.deepStrictEqual(client.names(client.request("prompts/list"), "prompts"), ["poem"])
      const listed = resultOf(poster.post("tools/list").reply)["tools"]
      assert.deepStrictEqual(Array.isArray(listed) ? listed.map((tool: JsonObject) => tool["name"]) : listed, [
        "echo",
        long,
        odd
      ])
      const merged = connect().open()
      assert.notInclude(merged.names(merged.request("tools/list")), "echo")
      assert.strictEqual(gateway.toolDefinition(scope, odd)?.["name"], odd)
      assert.strictEqual(gateway.toolDefinition(undefined, "a__echo")?.["name"], "a__echo")
      assert.isUndefined(gateway.toolDefinition(scope, "a__echo"))
      assert.isUndefined(gateway.toolDefinition(undefined, "echo"))
      assert.isUndefined(gateway.toolDefinition("nobody", "echo"))
      assert.deepStrictEqual([gateway.hasBackend("a"), gateway.hasBackend("nobody")], [true, false])
    })
  )

  it.effect("INV-5 calls it by these names; public names of the merged gateway are none there", () =>
    Effect.gen(function* () {
      const [a, b] = pair()
      if (a === undefined || b === undefined) return
      const { connect } = yield* memoryGateway({ backends: [a, b] })
      const client = connect("scoped", { scope }).open()
      for (const name of ["echo", long, odd]) {
        assert.strictEqual(textOf(client.reply(client.call(name, { text: "x" }))), `${name}:x`)
      }
      assert.strictEqual(textOf(client.reply(client.request("prompts/get", { name: "poem" }))), "poem:undefined")
      client.request("resources/read", { uri: "note://1" })
      client.request("resources/read", { uri: "other://not/listed" })
      for (const name of ["a__echo", "b__echo", "nothing"]) {
        assert.strictEqual(errorOf(client.reply(client.call(name))).code, -32602)
      }
      assert.deepStrictEqual(
        a.calls.map(({ params }) => params["name"] ?? params["uri"]),
        ["echo", long, odd, "poem", "note://1", "other://not/listed"]
      )
      assert.lengthOf(b.calls, 0)
    })
  )

  it.effect("owns no name: nothing is written down, also where two prefixes would meet", () =>
    Effect.gen(function* () {
      const backends = ["a", "b"].map(
        (name) => new MemoryBackend(specOf(name, { prefix: "" }), { tools: ["echo"] }, { onCall: echoing })
      )
      const { connect } = yield* memoryGateway({ backends })
      for (const [index, name] of ["a", "b"].entries()) {
        const client = connect(`scoped ${name}`, { scope: name }).open()
        assert.deepStrictEqual(client.names(client.request("tools/list")), ["echo"])
        assert.strictEqual(textOf(client.reply(client.call("echo", { text: name }))), `echo:${name}`)
        assert.lengthOf(backends[index]?.calls ?? [], 1)
      }
    })
  )

  it.effect("passes the same gates, which see the backend and its own name", () =>
    Effect.gen(function* () {
      const seen: Array<Passage> = []
      const gate: Gate = {
        name: "watch",
        check: (passage) => {
          seen.push(passage)
          return passage.target === "echo"
            ? { _tag: "Deny", configPath: "x", refusal: { code: -31050, message: "no" } }
            : { _tag: "Allow" }
        }
      }
      const [a, b] = pair()
      if (a === undefined || b === undefined) return
      const { connect } = yield* memoryGateway({ backends: [a, b], gates: [gate] })
      const client = connect("scoped", { scope }).open()
      assert.strictEqual(errorOf(client.reply(client.call("echo"))).code, -31050)
      client.request("vendor/thing", { name: "echo" })
      client.request("completion/complete", {
        ref: { type: "ref/prompt", name: "unlisted" },
        argument: { name: "x", value: "" }
      })
      assert.deepStrictEqual(
        seen.map(({ backend, request, target }) => [backend, request.scope, target]),
        [
          ["a", "a", "echo"],
          ["a", "a", "vendor/thing"],
          ["a", "a", "unlisted"]
        ]
      )
      assert.lengthOf(a.calls, 2)
    })
  )

  it.effect("waits for its own backend alone, and is told when that is not known yet", () =>
    Effect.gen(function* () {
      const [a, b] = pair()
      if (a === undefined || b === undefined) return
      a.behaviour.connect = "silent"
      const { connect } = yield* memoryGateway({ backends: [a, b] })
      const other = connect("b", { scope: "b" }).open()
      assert.deepStrictEqual(other.names(other.request("tools/list")), ["echo"])
      const client = connect("scoped", { scope }).open()
      const [list, call] = [client.request("tools/list"), client.call("echo")]
      assert.lengthOf(client.repliesTo(list), 0)
      yield* pass(patienceMillis)
      assert.deepStrictEqual(client.names(list), [])
      assert.strictEqual(errorOf(client.reply(call)).code, refusalCodes.unavailable)
    })
  )

  it.effect("whose backend does not exist finds nothing", () =>
    Effect.gen(function* () {
      const { connect } = yield* memoryGateway({ backends: pair() })
      const client = connect("scoped", { scope: "nobody" }).open()
      assert.deepStrictEqual(client.names(client.request("tools/list")), [])
      assert.strictEqual(errorOf(client.reply(client.call("a__echo"))).code, -32602)
      assert.strictEqual(errorOf(client.reply(client.request("vendor/thing"))).code, -32601)
    })
  )

  it.effect("may use what the operator marked as safe to repeat, by either name", () =>
    Effect.gen(function* () {
      for (const idempotentTools of [["echo"], ["a__echo"]]) {
        const a = new MemoryBackend(specOf("a", { idempotentTools, retries: 1 }), { tools: ["echo"] })
        const { connect } = yield* memoryGateway({ backends: [a] })
        const client = connect("scoped", { scope }).open()
        const id = client.call("echo", { text: "x" })
        a.line.exit()
        yield* pass(1_000)
        a.behaviour.onCall = echoing
        assert.lengthOf(a.calls, 2, "sent again")
        const [, again] = a.calls
        if (again !== undefined) a.line.reply(again, { content: [] })
        assert.deepStrictEqual(objectIn(client.reply(id), "result"), { content: [] })
      }
    })
  )
})
