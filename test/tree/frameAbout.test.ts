import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { announceMillis } from "../../src/gateway/OpenSessions.ts"
import { relistMillis } from "../../src/backend/BackendActor.ts"
import type { Id } from "../fixtures/envelope.ts"
import { MemoryBackend, type Behaviour } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { echoResult } from "./memoryServer.ts"

const backendOf = (onCall: Behaviour["onCall"] = () => undefined, era: "legacy" | "modern" = "legacy") =>
  new MemoryBackend(
    specOf("a", { isolation: "session" }),
    { era, tools: ["echo"], resources: ["note://1"] },
    { onCall }
  )

/** What came about each request since `from`: the kind of frame, and whether it was the last one. */
const told = (client: MemoryClient, from = 0) =>
  client.delivered.slice(from).map(({ about, last, message }) => {
    const kind = String(message["method"] ?? ("error" in message ? "error" : "result"))
    return [about, last ? `${kind}, the last` : kind] as const
  })

const none: Id | undefined = undefined

describe("an edge is told of each frame what it is about", () => {
  it.effect("of progress, a log message and the reply: the request; the reply is the last", () =>
    Effect.gen(function* () {
      const backend = backendOf((call, line) => {
        line.notify("notifications/progress", { progressToken: call.id, progress: 1 })
        line.notify("notifications/message", { level: "error", data: "x" })
        line.reply(call, echoResult(call))
      })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const from = client.delivered.length
      client.call("a__echo", {}, { id: "mine", progressToken: 1 })
      yield* pass(1)
      assert.deepStrictEqual(told(client, from), [
        ["mine", "notifications/progress"],
        ["mine", "notifications/message"],
        ["mine", "result, the last"]
      ])
    })
  )

  it.effect("of what the session answers itself: the request, and it is the last", () =>
    Effect.gen(function* () {
      const { connect } = yield* memoryGateway({ backends: [backendOf()] })
      const client = connect()
      client.request("tools/list", {}, { id: "too early" })
      client.request("ping", {}, { id: "ping" })
      client.request("initialize", {}, { id: "bad" })
      client.request("server/discover", {}, { id: "discover", modern: {} })
      client.request("ping", {}, { id: "gone", modern: {} })
      client.sendText('{"jsonrpc":"1.0","id":"odd","method":"ping"}', "no JSON")
      client.session.oversize(1)
      client.open()
      client.call("a__nothing", {}, { id: "unknown" })
      client.request("tools/list", { cursor: "x" }, { id: "cursor" })
      assert.deepStrictEqual(told(client), [
        ["too early", "error, the last"],
        ["ping", "result, the last"],
        ["bad", "error, the last"],
        ["discover", "result, the last"],
        ["gone", "error, the last"],
        ["odd", "error, the last"],
        [none, "error"],
        [none, "error"],
        ["open 1", "result, the last"],
        ["unknown", "error, the last"],
        ["cursor", "error, the last"]
      ])
    })
  )

  it.effect("of a question that a call asks: that call; of one that it takes back too; of a loose one: nothing", () =>
    Effect.gen(function* () {
      const backend = backendOf((call, line) => line.ask(`q-${call.id}`, "elicitation/create", { message: "who?" }))
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ elicitation: {}, roots: {} })
      yield* pass(1)
      const from = client.delivered.length
      backend.line.ask("loose", "roots/list")
      yield* pass(1)
      client.call("a__echo", {}, { id: "call" })
      yield* pass(1)
      client.cancel("call")
      yield* pass(1)
      assert.deepStrictEqual(told(client, from), [
        [none, "roots/list"],
        ["call", "elicitation/create"],
        ["call", "notifications/cancelled"]
      ])
      assert.deepStrictEqual(client.unanswered, ["call"])
    })
  )

  it.effect("of what a stream says: the stream; its end is the last", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const listen = (id: string) =>
        client.request("subscriptions/listen", { notifications: { toolsListChanged: true } }, { id, modern: {} })
      listen("one")
      listen("two")
      backend.offers = { ...backend.offers, tools: ["echo", "new"] }
      backend.line.notify("notifications/tools/list_changed")
      yield* pass(relistMillis)
      yield* pass(announceMillis)
      client.cancel("one")
      client.close()
      assert.deepStrictEqual(told(client), [
        ["one", "notifications/subscriptions/acknowledged"],
        ["two", "notifications/subscriptions/acknowledged"],
        ["one", "notifications/tools/list_changed"],
        ["two", "notifications/tools/list_changed"],
        ["two", "result, the last"]
      ])
      assert.deepStrictEqual(client.unanswered, ["one"])
    })
  )

  it.effect("of what a session hears unasked: nothing", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      client.call("a__echo", {}, { id: "call" })
      yield* pass(1)
      client.request("resources/subscribe", { uri: "note://1" }, { id: "watch" })
      const [call] = backend.line.calls
      if (call !== undefined) backend.line.reply(call, { content: [] })
      const from = client.delivered.length
      backend.line.notify("notifications/resources/updated", { uri: "note://1" })
      backend.line.notify("notifications/message", { level: "error", data: "x" })
      yield* pass(1)
      assert.deepStrictEqual(told(client, from), [
        [none, "notifications/resources/updated"],
        [none, "notifications/message"]
      ])
    })
  )

  it.effect("and of a request that its client cancels, that no reply comes: once, whoever had it", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      client.call("a__echo", {}, { id: "at the backend" })
      yield* pass(1)
      client.cancel("at the backend")
      client.cancel("at the backend")
      client.cancel("never heard of")
      yield* pass(1)
      assert.deepStrictEqual(client.unanswered, ["at the backend"])
      const [call] = backend.line.calls
      if (call !== undefined) backend.line.reply(call, echoResult(call))
      yield* pass(1)
      assert.lengthOf(client.repliesTo("at the backend"), 0)
    })
  )

  it.effect("an invalid message under the id of a call that runs does not count as its reply", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      client.call("a__echo", {}, { id: 7 })
      yield* pass(1)
      const from = client.delivered.length
      assert.isTrue(client.session.has(7))
      client.sendText('{"jsonrpc":"1.0","id":7,"method":"ping"}')
      assert.deepStrictEqual(told(client, from), [[none, "error"]])
      assert.strictEqual(client.session.version, "2025-11-25")
    })
  )
})
