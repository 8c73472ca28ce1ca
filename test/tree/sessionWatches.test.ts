import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { errorOf, resultOf, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { endSoon, memoryGateway, pass, specOf } from "./memoryGateway.ts"

const uri = "note://1"

const perSession = (changes: Partial<BackendSpec> = {}) =>
  new MemoryBackend(
    specOf("a", { isolation: "session", maxSessions: 1, ...changes }),
    { tools: ["echo"], resources: [uri] },
    { onCall: echoing }
  )

const ownLine = (backend: MemoryBackend) =>
  backend.lines.findLast((line) => line.alive && line.slot.session !== undefined)

const updates = (client: MemoryClient) => client.notified("notifications/resources/updated").length

const listen = (client: MemoryClient) =>
  client.request(
    "subscriptions/listen",
    { notifications: { resourceSubscriptions: [uri] } },
    { id: "stream", modern: {} }
  )

describe("a resource watched over a connection of one's own", () => {
  it.effect("keeps that connection, also when it had been ended for idleness", () =>
    Effect.gen(function* () {
      const backend = perSession({ sessionIdleMillis: 1_000 })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const [one, two] = [connect().open(), connect().open()]
      one.call("a__echo")
      yield* pass(1_100)
      assert.isUndefined(ownLine(backend), "it sleeps")
      assert.deepStrictEqual(resultOf(one.reply(one.request("resources/subscribe", { uri }))), {})
      assert.strictEqual(errorOf(two.reply(two.call("a__echo"))).code, refusalCodes.overloaded)
      const id = one.call("a__echo", { text: "x" })
      yield* pass(1)
      assert.strictEqual(textOf(one.reply(id)), "echo:x")
      ownLine(backend)?.notify("notifications/resources/updated", { uri })
      assert.strictEqual(updates(one), 1)
    })
  )

  it.effect("that found no connection gets one when the session that had it is gone, and its process too", () =>
    Effect.gen(function* () {
      const backend = perSession()
      backend.behaviour.stopMillis = 1_000
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const one = connect().open()
      one.call("a__echo")
      yield* pass(1)
      const two = connect()
      listen(two)
      yield* pass(1)
      const before = ownLine(backend)
      one.close()
      yield* pass(500)
      assert.strictEqual(ownLine(backend), before, "it is still ending")
      yield* pass(1_000)
      assert.notStrictEqual(ownLine(backend), before)
      ownLine(backend)?.notify("notifications/resources/updated", { uri })
      assert.strictEqual(updates(two), 1)
      yield* endSoon(backend)
    })
  )

  it.effect("gets one as well when the one that has it falls asleep", () =>
    Effect.gen(function* () {
      const backend = perSession({ sessionIdleMillis: 1_000 })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      connect().open().call("a__echo")
      yield* pass(1)
      const two = connect()
      listen(two)
      yield* pass(1_100)
      ownLine(backend)?.notify("notifications/resources/updated", { uri })
      assert.strictEqual(updates(two), 1)
    })
  )
})
