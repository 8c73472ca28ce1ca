import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { metaKeys } from "../../src/protocol/Meta.ts"
import { errorOf, objectIn } from "../fixtures/envelope.ts"
import { MemoryBackend } from "../tree/memoryBackend.ts"
import { pass, settle, specOf } from "../tree/memoryGateway.ts"
import { Agent } from "node:http"
import { send } from "./httpClient.ts"
import { httpEdge } from "./httpEdge.ts"

const promise = Effect.promise
const call = { name: "a__t", arguments: {} }

/** A gateway with a call of each era running, and a stream of each era open. */
const busy = Effect.gen(function* () {
  const backend = new MemoryBackend(specOf("a"), { tools: ["t"] })
  const edge = yield* httpEdge({ backends: [backend], httpBounds: { drainMillis: 5_000 } })
  const { client } = edge
  const one = client()
  yield* promise(() => one.initialize())
  const get = yield* promise(() => one.listen())
  const listen = yield* promise(() => client().begin("subscriptions/listen", { notifications: {} }, { id: "L" }).answer)
  yield* promise(() => listen.until(({ messages }) => messages.length > 0))
  const stateful = one.beginPost(one.message("tools/call", call, 1))
  const stateless = client().begin("tools/call", call, { id: 2 })
  while (backend.calls.length < 2) yield* promise(() => client().ask("tools/list"))
  return { ...edge, backend, get, listen, one, stateful, stateless }
})

describe("a gateway that is told to end", () => {
  it.effect("lets what runs end, then each stream in the way of its era", () =>
    Effect.gen(function* () {
      const { backend, get, listen, serving, stateful, stateless } = yield* busy
      const drained = yield* Effect.forkChild(serving.drain)
      yield* settle
      assert.isUndefined(drained.pollUnsafe())
      for (const received of backend.calls) backend.line.reply(received, { content: [] })
      const answers = yield* promise(() => Promise.all([stateful.answer, stateless.answer]))
      assert.deepStrictEqual(
        answers.map(({ status }) => status),
        [200, 200]
      )
      yield* promise(() => listen.ended)
      assert.deepStrictEqual(
        listen.messages.slice(1).map(({ id, result }) => [id, result]),
        [["L", { resultType: "complete", _meta: { [metaKeys.subscriptionId]: "L" } }]]
      )
      assert.isTrue(yield* promise(() => get.ended))
      yield* pass(1_000)
      yield* Fiber.join(drained)
      assert.deepStrictEqual(serving.load(), { sessions: 0, calls: 0, streams: 0 })
    })
  )

  it.effect("waits no longer than its bound; who still waits then is told that the outcome is unknown", () =>
    Effect.gen(function* () {
      const { gateway, serving, stateful, stateless } = yield* busy
      const drained = yield* Effect.forkChild(serving.drain)
      yield* settle
      yield* pass(4_999)
      assert.isUndefined(drained.pollUnsafe())
      yield* pass(1)
      for (const pending of [stateful, stateless]) {
        const answer = yield* promise(async () => (await pending.answer).until(({ text }) => text !== ""))
        const { code, data } = errorOf(answer.json)
        assert.strictEqual(code, -31009)
        assert.include(JSON.stringify(data), '"certainty":"unknown"')
      }
      yield* pass(1_000)
      yield* Fiber.join(drained)
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("begins nothing new: requests on open connections get 503, new connections are refused", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), { tools: ["t"] })
      const { client, serving, url } = yield* httpEdge({ backends: [backend] })
      // One connection is open, and busy, while the drain begins.
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const running = client().begin("tools/call", call)
      while (backend.calls.length < 1) yield* promise(() => client().ask("tools/list"))
      const other = client()
      yield* promise(() => other.initialize())
      const first = send(url, { ...client().modern("tools/call", call), agent })
      while (backend.calls.length < 2) yield* promise(() => client().ask("tools/list"))
      const second = send(url, { ...client().modern("tools/list", {}, { id: 9 }), agent })
      const drained = yield* Effect.forkChild(serving.drain)
      yield* settle
      const [, held] = backend.calls
      if (held !== undefined) backend.line.reply(held, { content: [] })
      assert.strictEqual((yield* promise(() => first)).status, 200)
      const refused = yield* promise(() => second)
      assert.strictEqual(refused.status, 503)
      assert.strictEqual(refused.headers["retry-after"], "1")
      assert.deepStrictEqual([refused.json["id"], objectIn(refused.json, "error")["code"]], [9, -31009])
      const late = yield* promise(() =>
        client()
          .ask("tools/list")
          .then(String, (error: Error) => error.message)
      )
      assert.include(late, "ECONNREFUSED")
      const [last] = backend.calls
      if (last !== undefined) backend.line.reply(last, { content: [] })
      yield* promise(() => running.answer)
      yield* pass(1_000)
      yield* Fiber.join(drained)
      agent.destroy()
    })
  )

  it.effect("that nobody uses ends at once", () =>
    Effect.gen(function* () {
      const { client, serving } = yield* httpEdge({ backends: [] })
      assert.strictEqual((yield* promise(() => client().ask("tools/list"))).status, 200)
      yield* serving.drain
      assert.deepStrictEqual(serving.load(), { sessions: 0, calls: 0, streams: 0 })
    })
  )
})
