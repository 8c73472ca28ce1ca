import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { backendDefaults, type BackendSpec } from "../../src/domain/BackendSpec.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing } from "./memoryBackend.ts"
import { memoryGateway, pass, settle, specOf } from "./memoryGateway.ts"
import { echoResult } from "./memoryServer.ts"

const restart = { ...backendDefaults.restart, jitter: 0 }

const backendOf = (changes: Partial<BackendSpec> = {}) =>
  new MemoryBackend(specOf("a", { restart, bounds: { ...backendDefaults.boundsStdio, inFlight: 3 }, ...changes }), {
    tools: ["echo", "again"]
  })

const ends: ReadonlyArray<readonly [how: string, end: (backend: MemoryBackend) => void]> = [
  ["exits", ({ line }) => line.exit("exited with code 137")],
  ["breaks the protocol", ({ line }) => line.send({ jsonrpc: "2.0", id: "sg:1", result: 1 })],
  ["writes half a message", ({ line }) => line.sendText('{"jsonrpc":"2.0","id":"sg:')],
  ["sends too large a frame", ({ line }) => line.oversize(1)]
]

describe("when a connection ends", () => {
  for (const [how, end] of ends) {
    it.effect(`INV-16 because the backend ${how}, what was sent ends at once as unknown, what waits goes on`, () =>
      Effect.gen(function* () {
        const backend = backendOf()
        const { connect } = yield* memoryGateway({ backends: [backend] })
        const client = connect().open()
        const ids = Array.from({ length: 5 }, (_, n) => client.call("a__echo", { text: `${n}` }))
        end(backend)
        yield* settle
        for (const id of ids.slice(0, 3)) {
          const { code, data } = errorOf(client.reply(id))
          assert.strictEqual(code, refusalCodes.connectionLost)
          assert.include(data, { certainty: "unknown", backend: "a" })
        }
        for (const id of ids.slice(3)) assert.lengthOf(client.repliesTo(id), 0)
        backend.behaviour.onCall = echoing
        yield* pass(500)
        assert.deepStrictEqual(
          ids.slice(3).map((id) => textOf(client.reply(id))),
          ["echo:3", "echo:4"]
        )
        assert.lengthOf(backend.calls, 5, "nothing was sent twice")
      })
    )
  }

  it.effect("INV-16 the caller hears how it went, before the remains are cleaned up", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      backend.behaviour.stopMillis = 60_000
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const id = client.call("a__echo")
      backend.line.exit("exited with code 137")
      yield* settle
      assert.include(errorOf(client.reply(id)).message, "exited with code 137 before it answered")
      yield* pass(60_000)
    })
  )

  it.effect("INV-3 a call that may be repeated is sent again on the next one, any other is not", () =>
    Effect.gen(function* () {
      const backend = backendOf({ retries: 1, idempotentTools: ["again"] })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const [once, again] = [client.call("a__echo", { text: "once" }), client.call("a__again", { text: "again" })]
      backend.line.exit()
      yield* pass(500)
      assert.strictEqual(errorOf(client.reply(once)).code, refusalCodes.connectionLost)
      assert.deepStrictEqual(
        backend.line.calls.map(({ params }) => params["name"]),
        ["again"]
      )
      backend.line.exit()
      yield* pass(5_000)
      assert.strictEqual(errorOf(client.reply(again)).code, refusalCodes.connectionLost, "the retries are used up")
      assert.lengthOf(backend.calls, 3)
    })
  )

  it.effect("INV-3 a repeated call that is refused in the end is unknown, for it had been sent", () =>
    Effect.gen(function* () {
      const backend = backendOf({ retries: 3, idempotentTools: ["again"], timeoutMillis: 2_000 })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const id = client.call("a__again")
      backend.line.exit()
      backend.behaviour.connect = "silent"
      yield* pass(3_000)
      const { code, data, message } = errorOf(client.reply(id))
      assert.strictEqual(code, refusalCodes.deadlineExceeded)
      assert.include(data, { certainty: "unknown" })
      assert.include(message, "whether it did the work is unknown")
    })
  )

  it.effect("INV-17 replies to the ids of the old one answer nothing on the new one", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      client.call("a__echo", { text: "old" })
      client.call("a__echo", { text: "old too" })
      const { calls, exit } = { calls: [...backend.line.calls], exit: () => backend.line.exit() }
      exit()
      yield* pass(500)
      const id = client.call("a__echo", { text: "new" })
      const fresh = backend.line.calls[0]
      // Ids begin anew with a connection, so those of the old one that are not in use here are all that can be told.
      for (const old of calls) if (old.id !== fresh?.id) backend.line.reply(old, echoResult(old))
      backend.lines[0]?.reply(fresh ?? { id: "" }, { content: [{ type: "text", text: "from the dead" }] })
      assert.lengthOf(client.repliesTo(id), 0)
      assert.strictEqual(gateway.units[0]?.life?._tag, "Ready")
      if (fresh !== undefined) backend.line.reply(fresh, echoResult(fresh))
      assert.strictEqual(textOf(client.reply(id)), "echo:new")
    })
  )

  it.effect("INV-17 frames of the old one that are still on their way say nothing any more", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const id = client.call("a__echo", { text: "x" })
      const { line } = backend
      const [call] = line.calls
      // The violation and the reply come in one read: what follows the violation is not believed.
      line.sendText(
        '{"jsonrpc":"2.0","id":1,"result":1}',
        JSON.stringify({ jsonrpc: "2.0", id: call?.id, result: { content: [] } })
      )
      yield* settle
      assert.strictEqual(errorOf(client.reply(id)).code, refusalCodes.connectionLost)
    })
  )

  it.effect("INV-1 a late, a second and an unknown reply change nothing", () =>
    Effect.gen(function* () {
      const backend = backendOf({ timeoutMillis: 1_000 })
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const [late, twice] = [client.call("a__echo", { text: "late" }), client.call("a__echo", { text: "twice" })]
      const [first, second] = backend.line.calls
      if (first === undefined || second === undefined) throw new Error("two calls were expected")
      backend.line.reply(second, echoResult(second))
      yield* pass(1_100)
      const before = client.texts.length
      backend.line.reply(first, echoResult(first))
      backend.line.reply(second, echoResult(second))
      backend.line.reply({ id: "sg:4711" }, {})
      backend.line.send({ jsonrpc: "2.0", id: 7, result: {} })
      assert.lengthOf(client.texts, before)
      assert.strictEqual(errorOf(client.reply(late)).code, refusalCodes.deadlineExceeded)
      assert.strictEqual(textOf(client.reply(twice)), "echo:twice")
      assert.strictEqual(gateway.units[0]?.shared.view?.connection?.repliesDropped, 4)
    })
  )
})
