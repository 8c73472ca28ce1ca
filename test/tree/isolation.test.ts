import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import { objectIn, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { memoryGateway, settle, specOf } from "./memoryGateway.ts"
import { echoResult, type Received } from "./memoryServer.ts"
import { holdsInTrees } from "../fixtures/property.ts"

const callsEach = 8
const sessions = 4

/** In which order the replies to all calls come, and what else comes with them: `Backward` is progress after the reply. */
const order = fc.record({
  era: fc.constantFrom("legacy" as const, "modern" as const),
  keys: fc.array(fc.nat(), { minLength: callsEach * sessions, maxLength: callsEach * sessions }),
  twice: fc.array(fc.nat({ max: callsEach * sessions - 1 }), { maxLength: 10 }),
  gone: fc.option(fc.nat({ max: sessions - 1 }))
})

const canaryOf = ({ params }: Received): string => String(objectIn(params, "arguments")["text"])

const canariesIn = (client: MemoryClient): ReadonlyArray<string> =>
  client.texts.join("\n").match(/canary-[^":]*/g) ?? []

describe("sessions on one shared backend", () => {
  it("INV-1 with the same ids and progress tokens get their own replies and progress, whatever the order", () =>
    holdsInTrees(
      order,
      ({ era, gone, keys, twice }) =>
        Effect.gen(function* () {
          const bounds = { ...backendDefaults.boundsStdio, inFlight: callsEach * sessions }
          const backend = new MemoryBackend(specOf("a", { bounds }), { era, tools: ["echo"] })
          const { connect } = yield* memoryGateway({ backends: [backend] })
          const clients = Array.from({ length: sessions }, (_, n) => connect(`session-${n}`).open())
          for (let id = 1; id <= callsEach; id++) {
            for (const client of clients) {
              const text = `canary-${client.sessionId}-${id}.`
              client.call("a__echo", { text }, { id, progressToken: id % 2 === 0 ? 1 : "1" })
            }
          }
          if (gone !== null) clients[gone]?.close()
          const { calls, line } = backend
          const sorted = calls.map((call, n) => ({ call, key: keys[n] ?? 0 })).sort((a, b) => a.key - b.key)
          for (const { call } of sorted) {
            line.notify("notifications/progress", { progressToken: call.id, progress: 1, message: canaryOf(call) })
            line.reply(call, echoResult(call))
            line.notify("notifications/progress", { progressToken: call.id, progress: 2, message: canaryOf(call) })
          }
          for (const n of twice)
            line.reply(calls[n] ?? { id: "" }, echoResult(calls[n] ?? { id: "", method: "", params: {} }))
          yield* settle
          for (const [index, client] of clients.entries()) {
            for (const canary of canariesIn(client))
              assert.isTrue(canary.startsWith(`canary-${client.sessionId}-`), canary)
            if (index === gone) {
              assert.deepStrictEqual(canariesIn(client), [])
              continue
            }
            for (let id = 1; id <= callsEach; id++) {
              assert.strictEqual(textOf(client.reply(id)), `echo:canary-${client.sessionId}-${id}.`)
            }
            const tokens = client
              .notified("notifications/progress")
              .map(({ progress, progressToken }) => [progress, progressToken])
            assert.lengthOf(tokens, callsEach, "one before each reply, none after it")
            assert.lengthOf(
              tokens.filter(([, token]) => token === "1"),
              callsEach / 2,
              "a token keeps its type"
            )
          }
        }),
      60
    ))

  it.effect("the backend sees neither their ids nor their tokens, but its own, each once", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), { tools: ["echo"] })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      for (const name of ["ada", "eve"]) {
        connect(name).open().call("a__echo", {}, { id: "my own id", progressToken: "my own token" })
      }
      assert.notInclude(backend.frames.join("\n"), "my own")
      const ids = backend.line.requests.map(({ id }) => id)
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.deepStrictEqual(
        backend.calls.map(({ params }) => objectIn(params, "_meta")["progressToken"]),
        backend.calls.map(({ id }) => id)
      )
    })
  )

  it.effect("one may have an id in use that another uses, and cancels only its own", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), { tools: ["echo"] })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const [one, other] = [connect().open(), connect().open()]
      one.call("a__echo", { text: "one" }, { id: 7 })
      other.call("a__echo", { text: "other" }, { id: 7 })
      one.cancel(7)
      const [first, second] = backend.line.calls
      const cancelled = backend.line.notifications.filter(({ method }) => method === "notifications/cancelled")
      assert.deepStrictEqual(
        cancelled.map(({ params }) => objectIn({ params }, "params")["requestId"]),
        [first?.id]
      )
      if (second !== undefined) backend.line.reply(second, echoResult(second))
      assert.strictEqual(textOf(other.reply(7)), "echo:other")
      assert.lengthOf(one.repliesTo(7), 0)
    })
  )
})
