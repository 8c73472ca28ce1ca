import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { objectIn } from "../fixtures/envelope.ts"
import { MemoryBackend } from "../tree/memoryBackend.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { httpEdge } from "./httpEdge.ts"

const promise = Effect.promise

const edge = () =>
  Effect.gen(function* () {
    const backend = new MemoryBackend(specOf("a"), { tools: ["t"] })
    return { backend, ...(yield* httpEdge({ backends: [backend] })) }
  })

describe("a client of the stateless era that closes its response", () => {
  it.effect("has cancelled its request, before anything of the answer has come", () =>
    Effect.gen(function* () {
      const { backend, client, gateway, serving } = yield* edge()
      const pending = client().begin("tools/call", { name: "a__t", arguments: {} })
      while (backend.calls.length === 0) yield* promise(() => client().ask("tools/list"))
      pending.leave()
      while (serving.load().calls > 0) yield* promise(() => client().ask("tools/list"))
      const [call] = backend.calls
      const cancelled = backend.line.notifications.find(({ method }) => method === "notifications/cancelled")
      assert.strictEqual(objectIn(cancelled, "params")["requestId"], call?.id)
      assert.strictEqual(gateway.status()["running"], 0)
      // A late reply goes nowhere.
      if (call !== undefined) backend.line.reply(call, { content: [] })
      assert.strictEqual((yield* promise(() => client().ask("tools/list"))).status, 200)
    })
  )

  it.effect("has cancelled it in the middle of the stream as well", () =>
    Effect.gen(function* () {
      const { backend, client, serving } = yield* edge()
      const meta = { progressToken: 1 }
      const pending = client().begin("tools/call", { name: "a__t", arguments: {} }, { meta })
      while (backend.calls.length === 0) yield* promise(() => client().ask("tools/list"))
      backend.line.notify("notifications/progress", { progressToken: backend.calls[0]?.id ?? "", progress: 1 })
      const stream = yield* promise(async () => (await pending.answer).until(({ messages }) => messages.length > 0))
      stream.leave()
      while (serving.load().calls > 0) yield* promise(() => client().ask("tools/list"))
      assert.isTrue(backend.line.notifications.some(({ method }) => method === "notifications/cancelled"))
    })
  )
})

describe("a client of the stateful era that cancels", () => {
  it.effect("gets 202 if it takes no stream", () =>
    Effect.gen(function* () {
      const { backend, client } = yield* edge()
      const one = client()
      yield* promise(() => one.initialize())
      const message = one.message("tools/call", { name: "a__t", arguments: {} }, 4)
      const pending = one.beginPost(message, { Accept: "application/json" })
      while (backend.calls.length === 0) yield* promise(() => one.request("ping"))
      const params = { requestId: 4, reason: "enough" }
      yield* promise(() => one.post({ jsonrpc: "2.0", method: "notifications/cancelled", params }))
      assert.strictEqual((yield* promise(() => pending.answer)).status, 202)
    })
  )

  it.effect("says so in a message of its own, and its POST ends as an empty stream", () =>
    Effect.gen(function* () {
      const { backend, client, serving } = yield* edge()
      const one = client()
      yield* promise(() => one.initialize())
      const pending = one.beginPost(one.message("tools/call", { name: "a__t", arguments: {} }, 4))
      while (backend.calls.length === 0) yield* promise(() => one.request("ping"))
      const params = { requestId: 4, reason: "enough" }
      yield* promise(() => one.post({ jsonrpc: "2.0", method: "notifications/cancelled", params }))
      const answer = yield* promise(() => pending.answer)
      yield* promise(() => answer.ended)
      assert.deepStrictEqual([answer.status, answer.isStream, answer.text], [200, true, ""])
      assert.strictEqual(serving.load().calls, 0)
    })
  )
})
