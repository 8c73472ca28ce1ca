import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { errorOf, numberIn, objectIn, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing } from "./memoryBackend.ts"
import { memoryGateway, pass, settle, specOf } from "./memoryGateway.ts"
import { echoResult } from "./memoryServer.ts"

const calls = 10_000

const delayOf = (text: unknown): number => Number(text) || 0

describe("deadlines", () => {
  it.effect("one timer a backend: 10,000 calls put it to sleep a few times, not once a call", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), { tools: ["echo"] }, { onCall: echoing })
      const tree = yield* memoryGateway({ backends: [backend] })
      const client = tree.connect().open()
      const before = tree.sleeps()
      for (let n = 0; n < calls; n++) {
        const id = client.call("a__echo", { text: `${n}` })
        if (n % 1_000 !== 0) continue
        assert.strictEqual(textOf(client.reply(id)), `echo:${n}`)
        yield* pass(1)
      }
      yield* settle
      assert.lengthOf(backend.calls, calls)
      assert.isBelow(tree.sleeps() - before, 20)
    })
  )

  it.effect("each call ends at its own time, a millisecond before it not, and the backend is told", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a", { timeoutMillis: 1_000 }), { tools: ["echo"] })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const first = client.call("a__echo")
      yield* pass(600)
      const second = client.call("a__echo")
      yield* pass(399)
      assert.lengthOf(client.repliesTo(first), 0)
      yield* pass(1)
      const { code, data } = errorOf(client.reply(first))
      assert.strictEqual(code, refusalCodes.deadlineExceeded)
      assert.include(data, { certainty: "unknown" })
      assert.lengthOf(client.repliesTo(second), 0)
      yield* pass(600)
      assert.strictEqual(errorOf(client.reply(second)).code, refusalCodes.deadlineExceeded)
      const told = backend.line.notifications.filter(({ method }) => method === "notifications/cancelled")
      assert.deepStrictEqual(
        told.map((message) => objectIn(message, "params")["requestId"]),
        backend.calls.map(({ id }) => id)
      )
    })
  )

  it.effect("a call that waits for room ends as not sent", () =>
    Effect.gen(function* () {
      const bounds = { ...backendDefaults.boundsStdio, inFlight: 1 }
      const backend = new MemoryBackend(specOf("a", { timeoutMillis: 1_000, bounds }), { tools: ["echo"] })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      client.call("a__echo")
      const id = client.call("a__echo", { text: "waiting" })
      yield* pass(1_000)
      const { data, message } = errorOf(client.reply(id))
      assert.include(data, { certainty: "not_sent" })
      assert.include(message, "it was not sent")
      assert.notInclude(backend.frames.join(), "waiting")
    })
  )

  it.effect("INV-1 replies in time in any order are passed on; what comes too late is dropped", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(
        specOf("a", { timeoutMillis: 1_000 }),
        { tools: ["echo"] },
        {
          onCall: (call, line) => {
            const millis = delayOf(objectIn(call.params, "arguments")["text"])
            line.later(millis, () => line.reply(call, echoResult(call)))
          }
        }
      )
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const ids = [900, 10, 2_000, 500, 1_500, 999].map((millis) =>
        client.call("a__echo", { text: `${millis}` }, { id: millis })
      )
      yield* pass(5_000)
      const codes = ids.map((id) => numberIn(objectIn(client.reply(id), "error"), "code", 0))
      assert.deepStrictEqual(codes, [0, 0, refusalCodes.deadlineExceeded, 0, refusalCodes.deadlineExceeded, 0])
      const order = client.messages.map(({ id }) => id).filter((id) => typeof id === "number")
      assert.deepStrictEqual(order.slice(0, 4), [10, 500, 900, 999])
    })
  )
})
