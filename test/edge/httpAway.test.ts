import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { awayPeriods } from "../../src/edge/HttpSessions.ts"
import { errorOf, objectIn } from "../fixtures/envelope.ts"
import { MemoryBackend } from "../tree/memoryBackend.ts"
import { pass, specOf } from "../tree/memoryGateway.ts"
import { httpEdge } from "./httpEdge.ts"

const promise = Effect.promise
const keepAliveMillis = 10_000
const call = { name: "a__t", arguments: {} }
const ask = { mode: "form", message: "which?", requestedSchema: { type: "object", properties: {} } }

/** A session with a call whose backend has asked the client. */
const asked = Effect.gen(function* () {
  const backend = new MemoryBackend(
    specOf("a", { isolation: "session" }),
    { tools: ["t"] },
    { onCall: (_call, line) => line.ask(77, "elicitation/create", ask) }
  )
  const edge = yield* httpEdge({ backends: [backend], httpBounds: { keepAliveMillis } })
  const one = edge.client()
  yield* promise(() => one.initialize("2025-11-25", { elicitation: {} }))
  const stream = yield* promise(() => one.beginPost(one.message("tools/call", call, 6)).answer)
  yield* promise(() => stream.until(({ messages }) => messages.length > 0))
  /** The client goes away, and the gateway has seen it. */
  const leave = promise(async () => {
    stream.leave()
    await stream.ended
    for (let n = 0; n < 3; n++) await edge.client().ask("server/discover")
  })
  return { ...edge, backend, leave, one, stream }
})

describe("a call that asks its client", () => {
  it.effect("is given up when the client has been away for some keep-alive periods, and says so if it comes back", () =>
    Effect.gen(function* () {
      const { backend, gateway, leave, one, serving, stream } = yield* asked
      yield* leave
      yield* pass(keepAliveMillis * awayPeriods)
      assert.strictEqual(serving.load().calls, 1)
      yield* pass(keepAliveMillis)
      assert.strictEqual(serving.load().calls, 0)
      assert.strictEqual(gateway.status()["running"], 0)
      const line = backend.lines.find(({ calls }) => calls.length > 0)
      assert.isTrue(line?.notifications.some(({ method }) => method === "notifications/cancelled"))
      const again = yield* promise(async () => {
        const answer = await one.resume(stream.events.at(-1)?.id ?? "")
        await answer.ended
        return answer
      })
      const last = again.messages.at(-1)
      assert.strictEqual(last?.["id"], 6)
      assert.strictEqual(errorOf(last ?? {}).code, -31007)
      assert.strictEqual(objectIn(objectIn(last, "error"), "data")["certainty"], "unknown")
    })
  )

  it.effect("goes on as long as the client has any response open, or sends anything", () =>
    Effect.gen(function* () {
      const { leave, one, serving } = yield* asked
      const listening = yield* promise(() => one.listen())
      yield* leave
      yield* pass(keepAliveMillis * 5)
      assert.strictEqual(serving.load().calls, 1)
      listening.leave()
      yield* promise(() => listening.ended)
      for (let n = 0; n < 5; n++) {
        yield* promise(() => one.request("ping"))
        yield* pass(keepAliveMillis * awayPeriods)
      }
      assert.strictEqual(serving.load().calls, 1)
    })
  )

  it.effect("goes on for a client who has answered and left: the backend works on it", () =>
    Effect.gen(function* () {
      const { leave, one, serving, stream } = yield* asked
      const answer = { jsonrpc: "2.0", id: stream.messages[0]?.["id"], result: { action: "accept", content: {} } }
      yield* promise(() => one.post(answer))
      yield* leave
      yield* pass(keepAliveMillis * 5)
      assert.strictEqual(serving.load().calls, 1)
    })
  )
})
