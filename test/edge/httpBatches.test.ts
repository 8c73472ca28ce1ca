import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { errorOf } from "../fixtures/envelope.ts"
import { echoing, MemoryBackend } from "../tree/memoryBackend.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { httpEdge } from "./httpEdge.ts"
import { modernMeta } from "./mcpClient.ts"

const promise = Effect.promise

const opened = (version: string) =>
  Effect.gen(function* () {
    const backend = new MemoryBackend(specOf("a"), { tools: ["echo"] }, { onCall: echoing })
    const { client } = yield* httpEdge({ backends: [backend] })
    const one = client()
    yield* promise(() => one.initialize(version))
    const call = (id: number) => one.message("tools/call", { name: "a__echo", arguments: { text: `${id}` } }, id)
    return { backend, call, one }
  })

const note = { jsonrpc: "2.0", method: "notifications/initialized" }

describe("several messages in one POST", () => {
  it.effect("are taken in a session of 2025-03-26: each request gets its reply on one stream", () =>
    Effect.gen(function* () {
      const { call, one } = yield* opened("2025-03-26")
      const answer = yield* promise(() => one.post([call(1), note, call(2)]))
      assert.isTrue(answer.isStream, answer.text)
      assert.sameMembers(
        answer.messages.map(({ id }) => id),
        [1, 2]
      )
    })
  )

  it.effect("get an array of replies where the client takes no stream", () =>
    Effect.gen(function* () {
      const { call, one } = yield* opened("2025-03-26")
      const answer = yield* promise(() => one.post([call(1), call(2)], { Accept: "application/json" }))
      const replies: unknown = JSON.parse(answer.text)
      assert.isTrue(Array.isArray(replies) && replies.length === 2, answer.text)
    })
  )

  it.effect("get 202 if none of them is a request", () =>
    Effect.gen(function* () {
      const { one } = yield* opened("2025-03-26")
      const answer = yield* promise(() => one.post([note, { jsonrpc: "2.0", id: 5, result: {} }]))
      assert.deepStrictEqual([answer.status, answer.text], [202, ""])
    })
  )

  it.effect("are refused as a whole, and nothing of them runs, if one of them is not good", () =>
    Effect.gen(function* () {
      const { backend, call, one } = yield* opened("2025-03-26")
      const modern = one.message("tools/list", { _meta: modernMeta() })
      for (const batch of [
        [],
        [call(1), call(1)],
        [call(1), 7],
        [call(1), [call(2)]],
        [call(1), one.message("initialize", { protocolVersion: "2025-03-26", capabilities: {} })],
        [call(1), modern],
        Array.from({ length: 65 }, (_, n) => call(n))
      ]) {
        const answer = yield* promise(() => one.post(batch))
        assert.strictEqual(answer.status, 400, JSON.stringify(batch).slice(0, 80))
        assert.strictEqual(errorOf(answer.json).code, -32600)
      }
      assert.strictEqual(backend.calls.length, 0)
    })
  )

  it.effect("are refused in a session of any other revision, and without one", () =>
    Effect.gen(function* () {
      for (const version of ["2025-06-18", "2024-11-05"]) {
        const { backend, call, one } = yield* opened(version)
        const answer = yield* promise(() => one.post([call(1)]))
        assert.strictEqual(answer.status, 400)
        assert.include(answer.text, "batches are not part of this protocol version")
        one.sessionId = undefined
        assert.strictEqual((yield* promise(() => one.post([call(1)]))).status, 400)
        assert.strictEqual(backend.calls.length, 0)
      }
    })
  )
})
