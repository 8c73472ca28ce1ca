import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { slotsPerSession } from "../../src/gateway/SessionSlots.ts"
import { errorOf, objectIn, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing, type Behaviour } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { remembered } from "./memoryState.ts"

const perSession = (changes: Partial<BackendSpec> = {}, onCall: Behaviour["onCall"] = echoing) =>
  new MemoryBackend(specOf("a", { isolation: "session", ...changes }), { tools: ["echo"] }, { onCall })

/** The lines of single sessions, without the shared one that is there for the lists. */
const ownLines = (backend: MemoryBackend) => backend.lines.filter(({ slot }) => slot.session !== undefined)

const declared = (backend: MemoryBackend) =>
  ownLines(backend).map(({ requests }) =>
    objectIn(requests.find(({ method }) => method === "initialize")?.params, "capabilities")
  )

describe("a backend with isolation = session", () => {
  it.effect("gives each client a line of its own, and no call of one goes over another's", () =>
    Effect.gen(function* () {
      const backend = perSession()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const clients = ["ada", "eve"].map((name) => ({ name, client: connect(name).open() }))
      for (const { client, name } of clients) {
        const id = client.call("a__echo", { text: name })
        yield* pass(1)
        assert.strictEqual(textOf(client.reply(id)), `echo:${name}`)
      }
      const texts = ownLines(backend).map(({ calls }) =>
        calls.map(({ params }) => objectIn(params, "arguments")["text"])
      )
      assert.deepStrictEqual(texts, [["ada"], ["eve"]])
    })
  )

  it.effect("is told what this client can do, and nothing of what the gateway can't relay", () =>
    Effect.gen(function* () {
      const backend = perSession()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      connect().open({ roots: { listChanged: true }, tasks: {}, elicitation: {} })
      yield* pass(1)
      assert.deepStrictEqual(declared(backend), [{ roots: { listChanged: true }, elicitation: {} }])
      const [shared] = backend.lines
      const initialize = shared?.requests.find(({ method }) => method === "initialize")
      assert.deepStrictEqual(objectIn(initialize?.params, "capabilities"), {}, "the shared line declares nothing")
    })
  )

  it.effect("gives one client one line for each set of capabilities that its requests declare", () =>
    Effect.gen(function* () {
      const backend = perSession()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      for (const modern of [{}, { elicitation: {} }, { elicitation: {}, tasks: {} }, {}, { sampling: {} }]) {
        const id = client.call("a__echo", { text: "x" }, { modern })
        yield* pass(1)
        assert.strictEqual(textOf(client.reply(id)), "echo:x")
      }
      assert.deepStrictEqual(declared(backend), [{}, { elicitation: {} }, { sampling: {} }])
      assert.deepStrictEqual(
        ownLines(backend).map(({ calls }) => calls.length),
        [2, 2, 1]
      )
      assert.strictEqual(backend.mostAlive, 1, "one line a slot")
    })
  )

  it.effect("INV-32 gives one client no more lines, whatever it writes into its capabilities", () =>
    Effect.gen(function* () {
      const backend = perSession({ maxSessions: 32 })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const call = (modern: JsonObject) => client.reply(client.call("a__echo", { text: "x" }, { modern }))
      client.call("a__echo", {}, { modern: { sampling: {} } })
      yield* pass(1)
      for (let n = 0; n < 40; n++) call({ sampling: { n }, extensions: { [`x/${n}`]: {} }, experimental: { n } })
      assert.lengthOf(ownLines(backend), 1)
      const replies = [{}, { listChanged: true }].flatMap((roots) =>
        ["context", "tools"].flatMap((one) =>
          ["form", "url"].map((other) => ({ roots, sampling: { [one]: {} }, elicitation: { [other]: {} } }))
        )
      )
      for (const modern of replies.slice(1)) client.call("a__echo", {}, { modern })
      yield* pass(1)
      assert.lengthOf(ownLines(backend), slotsPerSession)
      const { code, message } = errorOf(call(replies[0] ?? {}))
      assert.strictEqual(code, refusalCodes.overloaded)
      assert.include(message, `on ${slotsPerSession} connections already`)
      const other = connect()
      const id = other.call("a__echo", { text: "x" }, { modern: {} })
      yield* pass(1)
      assert.strictEqual(textOf(other.reply(id)), "echo:x")
    })
  )

  it.effect("INV-32 serves a bounded number of sessions; a place is free again when a client goes", () =>
    Effect.gen(function* () {
      const backend = perSession({ maxSessions: 2 })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const [one, two, three] = [connect().open(), connect().open(), connect().open()]
      one.call("a__echo")
      two.call("a__echo")
      const { code, data } = errorOf(three.reply(three.call("a__echo")))
      assert.strictEqual(code, refusalCodes.overloaded)
      assert.include(data, { certainty: "not_sent", retryAfterMs: 5_000 })
      one.close()
      yield* pass(1)
      const id = three.call("a__echo", { text: "x" })
      yield* pass(1)
      assert.strictEqual(textOf(three.reply(id)), "echo:x")
      assert.strictEqual(ownLines(backend).filter(({ alive }) => alive).length, 2)
    })
  )

  it.effect("ends a line that nobody uses, keeps one that works, and opens it again on the next call", () =>
    Effect.gen(function* () {
      const backend = perSession({ sessionIdleMillis: 10_000, timeoutMillis: 60_000 }, () => undefined)
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const [busy, idle] = [connect().open(), connect().open()]
      busy.call("a__echo")
      const id = idle.call("a__echo", { text: "x" })
      yield* pass(1)
      const line = ownLines(backend)[1]
      const [call] = line?.calls ?? []
      if (call !== undefined) line?.reply(call, { content: [] })
      yield* pass(10_000)
      assert.deepStrictEqual(
        ownLines(backend).map(({ alive }) => alive),
        [true, false]
      )
      assert.lengthOf(idle.repliesTo(id), 1)
      idle.call("a__echo", { text: "again" })
      yield* pass(1)
      assert.deepStrictEqual(
        ownLines(backend).map(({ alive, calls }) => [alive, calls.length]),
        [
          [true, 1],
          [false, 1],
          [true, 1]
        ]
      )
    })
  )

  it.effect("an idle place gives way to a session that needs one", () =>
    Effect.gen(function* () {
      const backend = perSession({ maxSessions: 1, sessionIdleMillis: 1_000 })
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const [first, second] = [connect("first").open(), connect("second").open()]
      first.call("a__echo")
      yield* pass(1_100)
      const id = second.call("a__echo", { text: "x" })
      yield* pass(1)
      assert.strictEqual(textOf(second.reply(id)), "echo:x")
      assert.deepStrictEqual(
        [...(gateway.units[0]?.slots.values() ?? [])].map(({ sessionId }) => sessionId),
        ["second"]
      )
    })
  )

  it.effect("has no line left of a client that is gone, also when it goes while one starts", () =>
    Effect.gen(function* () {
      const backend = perSession()
      backend.behaviour.connect = "silent"
      const stateDirectory = yield* remembered([backend])
      const { connect } = yield* memoryGateway({ backends: [backend], stateDirectory })
      const client = connect().open({ roots: {} })
      client.call("a__echo")
      yield* pass(1)
      assert.deepStrictEqual(
        ownLines(backend).map(({ alive }) => alive),
        [true]
      )
      client.close()
      yield* pass(1)
      assert.deepStrictEqual(
        ownLines(backend).map(({ alive }) => alive),
        [false]
      )
    })
  )

  it.effect("has nothing left of a client that goes with a question open, then or later", () =>
    Effect.gen(function* () {
      const inputTimeoutMillis = 20_000
      const backend = perSession({ inputTimeoutMillis, timeoutMillis: 1_000 }, (call, line) =>
        line.ask(`q-${call.id}`, "elicitation/create", { message: "who?" })
      )
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ elicitation: {} })
      client.call("a__echo")
      yield* pass(1)
      assert.lengthOf(client.asked, 1)
      const before = client.texts.length
      client.close()
      yield* pass(1)
      assert.strictEqual(gateway.status()["running"], 0)
      yield* pass(inputTimeoutMillis * 2)
      assert.strictEqual(gateway.status()["running"], 0)
      assert.lengthOf(client.texts, before)
      assert.deepStrictEqual(
        ownLines(backend).map(({ alive }) => alive),
        [false]
      )
      assert.strictEqual(gateway.units[0]?.slots.size, 0)
    })
  )
})
