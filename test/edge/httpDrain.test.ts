import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { comebackMillis } from "../../src/edge/Draining.ts"
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

const initialized = { jsonrpc: "2.0", method: "notifications/initialized" }

/** A session whose backend asks its client before it answers a call. */
const asking = Effect.gen(function* () {
  const question = { mode: "form", message: "which?", requestedSchema: { type: "object", properties: {} } }
  const backend = new MemoryBackend(
    specOf("a", { isolation: "session" }),
    { tools: ["t"] },
    { onCall: (_call, line) => line.ask(77, "elicitation/create", question) }
  )
  const edge = yield* httpEdge({ backends: [backend], httpBounds: { drainMillis: 60_000 } })
  const one = edge.client()
  yield* promise(() => one.initialize("2025-11-25", { elicitation: {} }))
  return { ...edge, backend, one }
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

  it.effect("begins nothing new: requests get 503, on connections that are open and on new ones", () =>
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
      const fresh = yield* promise(() => client().ask("tools/list"))
      const opening = yield* promise(() => client().initialize())
      const old = yield* promise(() => other.request("tools/list"))
      for (const { json, status } of [fresh, opening, old]) {
        assert.deepStrictEqual([status, objectIn(json, "error")["code"]], [503, -31009])
      }
      const [last] = backend.calls
      if (last !== undefined) backend.line.reply(last, { content: [] })
      yield* promise(() => running.answer)
      yield* pass(1_000)
      yield* Fiber.join(drained)
      agent.destroy()
      const late = yield* promise(() =>
        client()
          .ask("tools/list")
          .then(String, (error: Error) => error.message)
      )
      assert.include(late, "ECONNREFUSED")
    })
  )

  it.effect("still takes the answer to a question, without which a running call could not end", () =>
    Effect.gen(function* () {
      const { backend, one, serving } = yield* asking
      const stream = yield* promise(() => one.beginPost(one.message("tools/call", call, 6)).answer)
      yield* promise(() => stream.until(({ messages }) => messages.length > 0))
      const drained = yield* Effect.forkChild(serving.drain)
      yield* settle
      const answer = { jsonrpc: "2.0", id: stream.messages[0]?.["id"], result: { action: "accept", content: {} } }
      assert.strictEqual((yield* promise(() => one.post(answer))).status, 202)
      const line = backend.lines.find(({ calls }) => calls.length > 0)
      while (line?.answers.length === 0) yield* promise(() => one.post(initialized))
      const [received] = line?.calls ?? []
      if (received !== undefined) line?.reply(received, { content: [] })
      assert.isTrue(yield* promise(() => stream.ended))
      assert.deepStrictEqual(objectIn(stream.messages.at(-1), "result")["content"], [])
      yield* pass(1_000)
      yield* Fiber.join(drained)
    })
  )

  it.effect("still lets a client cancel, and take up a stream that it has lost", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), { tools: ["t"] })
      const { client, serving } = yield* httpEdge({ backends: [backend], httpBounds: { drainMillis: 5_000 } })
      const one = client()
      yield* promise(() => one.initialize())
      const withProgress = { ...call, _meta: { progressToken: "p" } }
      const pending = one.beginPost(one.message("tools/call", withProgress, 1))
      const unwanted = one.beginPost(one.message("tools/call", call, 2))
      while (backend.calls.length < 2) yield* promise(() => one.request("ping"))
      const [received] = backend.calls
      backend.line.notify("notifications/progress", { progressToken: received?.id ?? "", progress: 1 })
      const first = yield* promise(async () => (await pending.answer).until(({ messages }) => messages.length > 0))
      const drained = yield* Effect.forkChild(serving.drain)
      yield* settle
      first.leave()
      const again = yield* promise(() => one.resume(first.events.at(-1)?.id ?? ""))
      assert.strictEqual(again.status, 200)
      const params = { requestId: 2 }
      yield* promise(() => one.post({ jsonrpc: "2.0", method: "notifications/cancelled", params }))
      assert.strictEqual((yield* promise(() => unwanted.answer)).text, "")
      if (received !== undefined) backend.line.reply(received, { content: [] })
      assert.isTrue(yield* promise(() => again.ended))
      assert.deepStrictEqual(
        again.messages.map(({ id }) => id),
        [1]
      )
      yield* pass(1_000)
      yield* Fiber.join(drained)
    })
  )

  it.effect("takes several messages in one POST, if none of them is a request", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), { tools: ["t"] })
      const { client, serving } = yield* httpEdge({ backends: [backend] })
      const one = client()
      yield* promise(() => one.initialize("2025-03-26"))
      const running = one.beginPost(one.message("tools/call", call, 1))
      while (backend.calls.length < 1) yield* promise(() => one.request("ping"))
      const drained = yield* Effect.forkChild(serving.drain)
      yield* settle
      assert.strictEqual((yield* promise(() => one.post([initialized, one.message("ping")]))).status, 503)
      assert.strictEqual((yield* promise(() => one.post([initialized]))).status, 202)
      const [received] = backend.calls
      if (received !== undefined) backend.line.reply(received, { content: [] })
      yield* promise(() => running.answer)
      yield* pass(1_000)
      yield* Fiber.join(drained)
    })
  )

  it.effect("does not wait for a client who was asked, and is not there and does not come back", () =>
    Effect.gen(function* () {
      const { one, serving } = yield* asking
      const stream = yield* promise(() => one.beginPost(one.message("tools/call", call, 6)).answer)
      yield* promise(() => stream.until(({ messages }) => messages.length > 0))
      const drained = yield* Effect.forkChild(serving.drain)
      yield* pass(comebackMillis * 2)
      assert.isUndefined(drained.pollUnsafe(), "while it is there it is waited for")
      stream.leave()
      yield* promise(() => stream.ended)
      yield* promise(() => one.post(initialized))
      yield* pass(comebackMillis - 1)
      assert.isUndefined(drained.pollUnsafe(), "it may come back")
      yield* pass(1_000)
      yield* Fiber.join(drained)
      assert.deepStrictEqual(serving.load(), { sessions: 0, calls: 0, streams: 0 })
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
