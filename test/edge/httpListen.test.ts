import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { metaKeys } from "../../src/protocol/Meta.ts"
import { objectIn } from "../fixtures/envelope.ts"
import { MemoryBackend } from "../tree/memoryBackend.ts"
import { pass, specOf } from "../tree/memoryGateway.ts"
import { httpEdge } from "./httpEdge.ts"

const promise = Effect.promise
const listen = "subscriptions/listen"
const wanted = { notifications: { resourceSubscriptions: ["note://1"], toolsListChanged: true } }

const edge = () =>
  Effect.gen(function* () {
    const backend = new MemoryBackend(specOf("a"), { tools: ["t"], resources: ["note://1"] })
    return { backend, ...(yield* httpEdge({ backends: [backend], httpBounds: { keepAliveMillis: 10_000 } })) }
  })

describe("subscriptions/listen over HTTP", () => {
  it.effect("is answered by a stream that acknowledges first, and names its request in each message", () =>
    Effect.gen(function* () {
      const { backend, client, serving } = yield* edge()
      const stream = yield* promise(() => client().begin(listen, wanted, { id: "L" }).answer)
      assert.strictEqual(stream.status, 200)
      assert.isTrue(stream.isStream)
      assert.strictEqual(stream.headers["x-accel-buffering"], "no")
      yield* promise(() => stream.until(({ messages }) => messages.length === 1))
      while (!backend.frames.some((frame) => frame.includes("resources/subscribe"))) {
        yield* promise(() => client().ask("tools/list"))
      }
      backend.line.notify("notifications/resources/updated", { uri: "note://1" })
      yield* promise(() => stream.until(({ messages }) => messages.length === 2))
      assert.deepStrictEqual(
        stream.messages.map(({ method }) => method),
        ["notifications/subscriptions/acknowledged", "notifications/resources/updated"]
      )
      for (const message of stream.messages) {
        assert.strictEqual(objectIn(objectIn(message, "params"), "_meta")[metaKeys.subscriptionId], "L")
      }
      assert.deepStrictEqual(serving.load(), { sessions: 0, calls: 0, streams: 1 })
      stream.leave()
    })
  )

  it.effect("ends when the client closes the stream, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const { backend, client, serving } = yield* edge()
      const stream = yield* promise(() => client().begin(listen, wanted).answer)
      while (!backend.frames.some((frame) => frame.includes("resources/subscribe"))) {
        yield* promise(() => client().ask("tools/list"))
      }
      stream.leave()
      while (serving.load().streams > 0) yield* promise(() => client().ask("tools/list"))
      while (!backend.frames.some((frame) => frame.includes("resources/unsubscribe"))) {
        yield* promise(() => client().ask("tools/list"))
      }
    })
  )

  it.effect("says that it lives, in each keep-alive period", () =>
    Effect.gen(function* () {
      const { client } = yield* edge()
      const stream = yield* promise(() => client().begin(listen, wanted).answer)
      yield* promise(() => stream.until(({ messages }) => messages.length === 1))
      yield* pass(10_000)
      yield* promise(() => stream.until(({ text }) => text.endsWith("\n\n:\n\n")))
      assert.strictEqual(stream.messages.length, 1)
      stream.leave()
    })
  )

  it.effect("is a stream of its own each time, even with the same id", () =>
    Effect.gen(function* () {
      const { client, serving } = yield* edge()
      const streams = yield* promise(() =>
        Promise.all([1, 2, 3].map(() => client().begin(listen, wanted, { id: 1 }).answer))
      )
      for (const stream of streams) yield* promise(() => stream.until(({ messages }) => messages.length === 1))
      assert.strictEqual(serving.load().streams, 3)
      for (const stream of streams) stream.leave()
    })
  )

  it.effect("is 406 for a client that takes no stream", () =>
    Effect.gen(function* () {
      const { client, serving } = yield* edge()
      const answer = yield* promise(() => client().ask(listen, wanted, { headers: { Accept: "application/json" } }))
      assert.strictEqual(answer.status, 406)
      assert.strictEqual(serving.load().streams, 0)
    })
  )
})

describe("a long request of the stateless era", () => {
  it.effect("goes on as a stream after a while, so that nobody takes it for dead", () =>
    Effect.gen(function* () {
      const { backend, client } = yield* edge()
      const pending = client().begin("tools/call", { name: "a__t", arguments: {} }, { id: 3 })
      while (backend.calls.length === 0) yield* promise(() => client().ask("tools/list"))
      yield* pass(20_000)
      const stream = yield* promise(async () => (await pending.answer).until(({ text }) => text === ":\n\n"))
      const [call] = backend.calls
      if (call !== undefined) backend.line.reply(call, { content: [] })
      assert.isTrue(yield* promise(() => stream.ended))
      assert.deepStrictEqual(
        stream.messages.map(({ id }) => id),
        [3]
      )
    })
  )
})
