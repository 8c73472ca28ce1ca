import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { objectIn } from "../fixtures/envelope.ts"
import { echoing, MemoryBackend } from "../tree/memoryBackend.ts"
import { pass, specOf } from "../tree/memoryGateway.ts"
import { aliceAndBob, httpEdge } from "./httpEdge.ts"

const promise = Effect.promise
const echo = () => new MemoryBackend(specOf("a"), { tools: ["echo"] }, { onCall: echoing })
const call = { name: "a__echo", arguments: { text: "hello" } }

describe("a session of the stateful era over HTTP", () => {
  it.effect("is opened by initialize, which names it, and answers its requests with JSON", () =>
    Effect.gen(function* () {
      const { client, serving } = yield* httpEdge({ backends: [echo()] })
      const one = client()
      const opened = yield* promise(() => one.initialize())
      assert.strictEqual(opened.status, 200, opened.text)
      assert.match(String(opened.headers["mcp-session-id"]), /^[0-9a-f]{32}$/)
      assert.strictEqual(objectIn(opened.json, "result")["protocolVersion"], "2025-11-25")
      const answer = yield* promise(() => one.request("tools/call", call, 5))
      assert.strictEqual(answer.status, 200)
      assert.strictEqual(answer.headers["content-type"], "application/json")
      assert.strictEqual(answer.json["id"], 5)
      assert.include(answer.text, "hello")
      assert.deepStrictEqual(serving.load(), { sessions: 1, calls: 0, streams: 0 })
    })
  )

  it.effect("takes notifications and replies with 202 and no body", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [echo()] })
      const one = client()
      yield* promise(() => one.initialize())
      for (const body of [
        { jsonrpc: "2.0", method: "notifications/initialized" },
        { jsonrpc: "2.0", id: "no question of ours", result: {} }
      ]) {
        const answer = yield* promise(() => one.post(body))
        assert.deepStrictEqual([answer.status, answer.text], [202, ""])
      }
    })
  )

  it.effect("is needed for every other request: 400 without its id, 404 with one that is none", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [echo()] })
      const one = client()
      const without = yield* promise(() => one.request("tools/list", {}, 3))
      assert.strictEqual(without.status, 400)
      assert.deepInclude(without.json, { id: 3 })
      assert.include(without.text, "Mcp-Session-Id is missing")
      one.sessionId = "0".repeat(32)
      const unknown = yield* promise(() => one.request("tools/list"))
      assert.strictEqual(unknown.status, 404)
      const get = yield* promise(() => one.listen())
      assert.strictEqual(get.status, 404)
    })
  )

  it.effect("is its principal's alone, and of the path where it was opened", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [echo()], authenticate: aliceAndBob })
      const [alice, bob, aliceAtA] = [client("alice"), client("bob"), client("alice").of("a")]
      yield* promise(() => alice.initialize())
      bob.sessionId = aliceAtA.sessionId = alice.sessionId
      for (const stranger of [bob, aliceAtA]) {
        assert.strictEqual((yield* promise(() => stranger.request("tools/call", call))).status, 404)
        assert.strictEqual((yield* promise(() => stranger.listen())).status, 404)
        assert.strictEqual((yield* promise(() => stranger.resume("0-0"))).status, 404)
        assert.strictEqual((yield* promise(() => stranger.end())).status, 404)
      }
      assert.strictEqual((yield* promise(() => alice.request("tools/call", call))).status, 200)
    })
  )

  it.effect("ends by DELETE: what runs is cancelled, its id is none any more", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), { tools: ["echo"] })
      const { client, serving, gateway } = yield* httpEdge({ backends: [backend] })
      const one = client()
      yield* promise(() => one.initialize())
      const running = one.beginPost(one.message("tools/call", call, 9))
      const stream = yield* promise(() => one.listen())
      assert.strictEqual((yield* promise(() => one.end())).status, 204)
      const answer = yield* promise(async () => (await running.answer).until((each) => each.text !== ""))
      assert.strictEqual(objectIn(answer.json, "error")["code"], -31009)
      assert.isTrue(yield* promise(() => stream.ended))
      assert.strictEqual((yield* promise(() => one.request("tools/list"))).status, 404)
      assert.deepStrictEqual(serving.load(), { sessions: 0, calls: 0, streams: 0 })
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("ends when its client has not been heard of for too long, but not while a stream is open", () =>
    Effect.gen(function* () {
      const httpBounds = { sessionIdleMillis: 60_000, keepAliveMillis: 15_000 }
      const { client, serving } = yield* httpEdge({ backends: [echo()], httpBounds })
      const [idle, listening] = [client(), client()]
      yield* promise(() => idle.initialize())
      yield* promise(() => listening.initialize())
      const stream = yield* promise(() => listening.listen())
      yield* pass(60_000)
      assert.strictEqual(serving.load().sessions, 2)
      yield* pass(15_000)
      assert.strictEqual(serving.load().sessions, 1)
      assert.strictEqual((yield* promise(() => idle.request("tools/list"))).status, 404)
      assert.strictEqual((yield* promise(() => listening.request("tools/list"))).status, 200)
      stream.leave()
    })
  )

  it.effect("INV-32 is refused with 503 when there are as many as there may be", () =>
    Effect.gen(function* () {
      const { client, serving } = yield* httpEdge({ backends: [echo()], httpBounds: { sessions: 2 } })
      const [first] = [client(), yield* promise(() => client().initialize())]
      yield* promise(() => first.initialize())
      const refused = yield* promise(() => client().initialize())
      assert.strictEqual(refused.status, 503)
      assert.strictEqual(refused.headers["retry-after"], "5")
      assert.strictEqual(objectIn(refused.json, "error")["code"], -31001)
      assert.strictEqual(serving.load().sessions, 2)
      yield* promise(() => first.end())
      assert.strictEqual((yield* promise(() => client().initialize())).status, 200)
    })
  )

  it.effect("is not opened by an initialize that says too little, nor within a session", () =>
    Effect.gen(function* () {
      const { client, serving } = yield* httpEdge({ backends: [echo()] })
      const one = client()
      const poor = yield* promise(() => one.request("initialize", {}, 1))
      assert.strictEqual(poor.status, 400)
      assert.deepInclude(objectIn(poor.json, "error"), { code: -32602 })
      assert.isUndefined(poor.headers["mcp-session-id"])
      yield* promise(() => one.initialize())
      assert.strictEqual((yield* promise(() => one.request("initialize", {}, 1))).status, 400)
      assert.strictEqual(serving.load().sessions, 1)
    })
  )

  it.effect("refuses a revision in MCP-Protocol-Version that nobody speaks, and takes requests without one", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [echo()] })
      const one = client()
      yield* promise(() => one.initialize())
      const { sessionId = "" } = one
      const odd = yield* promise(() => one.post(one.message("tools/list"), { "MCP-Protocol-Version": "1999-01-01" }))
      assert.strictEqual(odd.status, 400)
      const bare = yield* promise(() => one.post(one.message("tools/list")))
      assert.strictEqual(bare.status, 200)
      one.version = "2025-03-26"
      assert.strictEqual((yield* promise(() => one.request("tools/list"))).status, 200)
      assert.strictEqual(one.sessionId, sessionId)
    })
  )

  it.effect("refuses a request whose id runs already: each reply has one place to go to", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), { tools: ["echo"] })
      const { client } = yield* httpEdge({ backends: [backend] })
      const one = client()
      yield* promise(() => one.initialize())
      const first = one.beginPost(one.message("tools/call", call, 1))
      yield* promise(() => one.request("ping"))
      const second = yield* promise(() => one.request("tools/call", call, 1))
      assert.strictEqual(second.status, 400)
      assert.include(second.text, "runs already")
      const [held] = backend.line.calls
      if (held !== undefined) echoing(held, backend.line)
      assert.strictEqual((yield* promise(() => first.answer)).status, 200)
      assert.strictEqual(backend.calls.length, 1)
    })
  )
})
