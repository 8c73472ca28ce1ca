import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { slotsPerSession } from "../../src/gateway/SessionSlots.ts"
import { handOverMillis } from "../../src/gateway/SlotChildren.ts"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing, type Behaviour } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { endSoon, memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { Poster } from "./memoryPosts.ts"

const perSession = (changes: Partial<BackendSpec> = {}, behaviour: Partial<Behaviour> = {}) =>
  new MemoryBackend(
    specOf("a", { isolation: "session", ...changes }),
    { tools: ["echo"] },
    { onCall: echoing, ...behaviour }
  )

/** The lines of single sessions that are there, the ending ones too. */
const alive = (backend: MemoryBackend) =>
  backend.lines.filter((line) => line.alive && line.slot.session !== undefined).length

const called = Effect.fnUntraced(function* (client: MemoryClient) {
  const id = client.call("a__echo", { text: "x" })
  yield* pass(1)
  return client.reply(id)
})

describe("INV-32 connections of sessions", () => {
  it.effect("are there for as many sessions as max_sessions says, however many that is", () =>
    Effect.gen(function* () {
      const backend = perSession({ maxSessions: 200 })
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const clients = Array.from({ length: 200 }, () => connect().open())
      const ids = clients.map((client) => client.call("a__echo", { text: "x" }))
      yield* pass(1)
      for (const [n, client] of clients.entries()) assert.strictEqual(textOf(client.reply(ids[n] ?? 0)), "echo:x")
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("hold their places until they have ended, also those that don't end in time", () =>
    Effect.gen(function* () {
      const stopMillis = 60_000
      const backend = perSession({ maxSessions: 2 }, { stopMillis })
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const [one, two, three] = [connect().open(), connect().open(), connect().open()]
      yield* called(one)
      yield* called(two)
      one.close()
      two.close()
      for (const millis of [1, 10_000]) {
        yield* pass(millis)
        const { code, data, message } = errorOf(yield* called(three))
        assert.strictEqual(code, refusalCodes.overloaded)
        assert.include(message, "max_sessions")
        assert.include(data, { certainty: "not_sent", retryAfterMs: 5_000 })
        assert.strictEqual(alive(backend), 2)
      }
      yield* pass(stopMillis)
      assert.strictEqual(textOf(yield* called(three)), "echo:x")
      assert.strictEqual(alive(backend), 1)
      assert.strictEqual(gateway.units[0]?.stopping.size, 0)
      yield* endSoon(backend)
    })
  )

  it.effect("take the place of one that sleeps when its process has ended", () =>
    Effect.gen(function* () {
      const backend = perSession({ maxSessions: 1, sessionIdleMillis: 1_000 }, { stopMillis: 2_000 })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const [one, two] = [connect().open(), connect().open()]
      yield* called(one)
      yield* pass(1_500)
      const id = two.call("a__echo", { text: "x" })
      yield* pass(1)
      assert.deepStrictEqual([alive(backend), two.repliesTo(id).length], [1, 0], "it is still ending")
      yield* pass(2_000)
      assert.strictEqual(textOf(two.reply(id)), "echo:x")
      assert.strictEqual(alive(backend), 1)
      yield* endSoon(backend)
    })
  )

  it.effect("of one session give way to another of it, when they sleep", () =>
    Effect.gen(function* () {
      const backend = perSession({ sessionIdleMillis: 1_000 })
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const kinds = [{}, { roots: {} }, { roots: { listChanged: true } }].flatMap((roots) =>
        [{ sampling: {} }, { sampling: { context: {} } }, { sampling: { tools: {} } }].map((sampling) => ({
          ...roots,
          ...sampling
        }))
      )
      for (const modern of kinds.slice(0, slotsPerSession)) client.call("a__echo", { text: "x" }, { modern })
      yield* pass(1)
      const last = { modern: { elicitation: {} } }
      const tooEarly = client.call("a__echo", { text: "x" }, last)
      assert.include(errorOf(client.reply(tooEarly)).message, `${slotsPerSession} connections already`)
      yield* pass(1_100)
      assert.strictEqual(alive(backend), 0)
      const id = client.call("a__echo", { text: "x" }, last)
      yield* pass(1)
      assert.strictEqual(textOf(client.reply(id)), "echo:x")
      assert.strictEqual(gateway.units[0]?.slots.size, slotsPerSession)
    })
  )
})

describe("a connection that can't be started", () => {
  const can = { elicitation: {} }

  const waiting = Effect.fnUntraced(function* (stopMillis: number) {
    const backend = perSession({ maxSessions: 2 }, { stopMillis })
    const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
    const [ada, eve] = [new Poster(gateway, { id: "ada" }), new Poster(gateway, { id: "eve" })]
    const session = connect().open()
    yield* called(session)
    ada.call("a__echo", { text: "ada" }, { can })
    yield* pass(1)
    assert.strictEqual(alive(backend), 2)
    const post = eve.call("a__echo", { text: "eve" }, { can })
    yield* pass(1)
    assert.isEmpty(post.replies, "it waits for the one whose place it takes")
    assert.strictEqual(alive(backend), 2)
    return { backend, gateway, post, session, unit: gateway.units[0] }
  })

  it.effect("refuses the calls that wait for it, and is none: its place is free when the one before has ended", () =>
    Effect.gen(function* () {
      const { backend, gateway, post, unit } = yield* waiting(60_000)
      yield* pass(handOverMillis)
      assert.strictEqual(post.code, refusalCodes.overloaded)
      assert.include(errorOf(post.reply).data, { certainty: "not_sent", retryAfterMs: 5_000 })
      assert.strictEqual(gateway.status()["running"], 0)
      assert.deepStrictEqual([unit?.slots.size, unit?.stopping.size, alive(backend)], [1, 1, 2])
      yield* pass(60_000)
      assert.deepStrictEqual([unit?.slots.size, unit?.stopping.size, alive(backend)], [1, 0, 1])
      yield* endSoon(backend)
    })
  )

  it.effect("starts in time when the one before ends in time", () =>
    Effect.gen(function* () {
      const { backend, post } = yield* waiting(handOverMillis - 1_000)
      yield* pass(handOverMillis - 1_000)
      assert.strictEqual(textOf(post.reply), "echo:eve")
      assert.strictEqual(alive(backend), 2)
      yield* endSoon(backend)
    })
  )
})
