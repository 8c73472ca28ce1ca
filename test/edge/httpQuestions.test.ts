import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { objectIn } from "../fixtures/envelope.ts"
import { MemoryBackend } from "../tree/memoryBackend.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { httpEdge } from "./httpEdge.ts"
import type { HttpClient } from "./mcpClient.ts"

const promise = Effect.promise
const ask = { mode: "form", message: "which?", requestedSchema: { type: "object", properties: {} } }

/** A session whose backend asks its client before it answers a call. */
const asking = Effect.gen(function* () {
  const spec = specOf("a", { isolation: "session" })
  const backend = new MemoryBackend(
    spec,
    { tools: ["t"] },
    { onCall: (_call, line) => line.ask(77, "elicitation/create", ask) }
  )
  const edge = yield* httpEdge({ backends: [backend] })
  const one = edge.client()
  yield* promise(() => one.initialize("2025-11-25", { elicitation: {} }))
  return { ...edge, backend, one }
})

const call = (one: HttpClient, id: number) => one.message("tools/call", { name: "a__t", arguments: {} }, id)

const answerTo = (question: object | undefined, one: HttpClient) => {
  const id = question !== undefined && "id" in question ? question.id : undefined
  return one.post({ jsonrpc: "2.0", id, result: { action: "accept", content: {} } })
}

describe("a question of a backend to a client of the stateful era", () => {
  it.effect("goes out on the response to the POST that it is about, and its answer comes by another POST", () =>
    Effect.gen(function* () {
      const { backend, one } = yield* asking
      const listening = yield* promise(() => one.listen())
      const stream = yield* promise(() => one.beginPost(call(one, 6)).answer)
      yield* promise(() => stream.until(({ messages }) => messages.length > 0))
      const [question] = stream.messages
      assert.strictEqual(question?.["method"], "elicitation/create")
      assert.strictEqual((yield* promise(() => answerTo(question, one))).status, 202)
      const line = backend.lines.find(({ calls }) => calls.length > 0)
      while (line?.answers.length === 0) yield* promise(() => one.request("ping"))
      assert.strictEqual(objectIn(line?.answers[0], "result")["action"], "accept")
      const [received] = line?.calls ?? []
      if (received !== undefined) line?.reply(received, { content: [] })
      assert.isTrue(yield* promise(() => stream.ended))
      assert.strictEqual(stream.messages.at(-1)?.["id"], 6)
      assert.deepStrictEqual(listening.messages, [])
      listening.leave()
    })
  )

  it.effect("goes out on the session's own stream where the POST's client takes no stream", () =>
    Effect.gen(function* () {
      const { backend, one } = yield* asking
      const listening = yield* promise(() => one.listen())
      const pending = one.beginPost(call(one, 6), { Accept: "application/json" })
      yield* promise(() => listening.until(({ messages }) => messages.length > 0))
      yield* promise(() => answerTo(listening.messages[0], one))
      const line = backend.lines.find(({ calls }) => calls.length > 0)
      while (line?.answers.length === 0) yield* promise(() => one.request("ping"))
      const [received] = line?.calls ?? []
      if (received !== undefined) line?.reply(received, { content: [] })
      const answer = yield* promise(async () => (await pending.answer).until(({ text }) => text !== ""))
      assert.strictEqual(answer.json["id"], 6)
      listening.leave()
    })
  )

  it.effect("goes out on the session's own stream where the POST's client has gone away", () =>
    Effect.gen(function* () {
      const { backend, one } = yield* asking
      const held = Promise.withResolvers<void>()
      backend.behaviour.onCall = (_call, line) => void held.promise.then(() => line.ask(77, "elicitation/create", ask))
      const pending = one.beginPost(call(one, 6))
      while (backend.calls.length === 0) yield* promise(() => one.request("ping"))
      pending.leave()
      yield* promise(() => new Promise((closed) => pending.request.once("close", closed)))
      const listening = yield* promise(() => one.listen())
      yield* promise(() => one.request("ping"))
      held.resolve()
      yield* promise(() => listening.until(({ messages }) => messages.length > 0))
      assert.strictEqual(listening.messages[0]?.["method"], "elicitation/create")
      listening.leave()
    })
  )

  it.effect("is answered by nobody else: another session's reply changes nothing", () =>
    Effect.gen(function* () {
      const { backend, client, one } = yield* asking
      const stranger = client()
      yield* promise(() => stranger.initialize())
      const stream = yield* promise(() => one.beginPost(call(one, 6)).answer)
      yield* promise(() => stream.until(({ messages }) => messages.length > 0))
      assert.strictEqual((yield* promise(() => answerTo(stream.messages[0], stranger))).status, 202)
      yield* promise(() => one.request("ping"))
      const line = backend.lines.find(({ calls }) => calls.length > 0)
      assert.deepStrictEqual(line?.answers, [])
      stream.leave()
    })
  )
})
