import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { HttpBounds } from "../../src/edge/HttpSettings.ts"
import { echoing, MemoryBackend } from "../tree/memoryBackend.ts"
import { pass, specOf } from "../tree/memoryGateway.ts"
import { httpEdge } from "./httpEdge.ts"

const promise = Effect.promise
const slow = { name: "a__slow", arguments: {}, _meta: { progressToken: "p" } }

/** A client with a session, whose calls wait for the test. */
const opened = (httpBounds: Partial<HttpBounds> = {}, version = "2025-11-25") =>
  Effect.gen(function* () {
    const backend = new MemoryBackend(specOf("a"), {
      tools: ["slow"],
      resources: ["note://1", "note://2", "note://3", "note://4"]
    })
    const edge = yield* httpEdge({ backends: [backend], httpBounds })
    const one = edge.client()
    yield* promise(() => one.initialize(version))
    const progress = (at: number, progress: number) =>
      backend.line.notify("notifications/progress", { progressToken: backend.calls[at]?.id ?? "", progress })
    const reply = (at: number) => {
      const call = backend.calls[at]
      if (call !== undefined) echoing(call, backend.line)
    }
    /** Starts a call and waits until its answer is a stream with its first message. */
    const streaming = (id: number) =>
      promise(async () => {
        const pending = one.beginPost(one.message("tools/call", slow, id))
        while (backend.calls.length < id) await one.request("ping")
        progress(id - 1, 1)
        return (await pending.answer).until(({ messages }) => messages.length > 0)
      })
    return { ...edge, backend, one, progress, reply, streaming }
  })

const what = ({ messages }: { readonly messages: ReadonlyArray<object> }) =>
  messages.map((message) => ("method" in message ? message.method : "id" in message ? message.id : undefined))

describe("a stream that a client has lost", () => {
  it.effect("goes on where it was lost, with Last-Event-ID: what came meanwhile, then the rest", () =>
    Effect.gen(function* () {
      const { one, progress, reply, serving, streaming } = yield* opened()
      const first = yield* streaming(1)
      const [primer, message] = first.events
      assert.deepStrictEqual([primer?.id, primer?.data, primer?.retry], ["1-0", "", "1000"])
      assert.strictEqual(message?.id, "1-1")
      first.leave()
      yield* promise(() => first.ended)
      reply(0)
      while (serving.load().calls > 0) yield* promise(() => one.request("ping"))
      progress(0, 2)
      const again = yield* promise(() => one.resume("1-1"))
      assert.strictEqual(again.status, 200)
      assert.isTrue(yield* promise(() => again.ended))
      assert.deepStrictEqual(what(again), [1])
      const once = yield* promise(async () => {
        const answer = await one.resume("1-0")
        await answer.ended
        return answer
      })
      assert.deepStrictEqual(what(once), ["notifications/progress", 1])
    })
  )

  it.effect("goes on while its call runs: the reply comes on the new connection", () =>
    Effect.gen(function* () {
      const { one, reply, streaming } = yield* opened()
      const first = yield* streaming(1)
      first.leave()
      const again = yield* promise(() => one.resume("1-1"))
      reply(0)
      assert.isTrue(yield* promise(() => again.ended))
      assert.deepStrictEqual(what(again), [1])
    })
  )

  it.effect("has never anything of another stream of the session", () =>
    Effect.gen(function* () {
      const { one, progress, reply, streaming } = yield* opened()
      const [first, second] = [yield* streaming(1), yield* streaming(2)]
      progress(1, 2)
      reply(0)
      reply(1)
      yield* promise(() => Promise.all([first.ended, second.ended]))
      const replayed = yield* promise(async () => {
        const answer = await one.resume("2-0")
        await answer.ended
        return answer
      })
      assert.deepStrictEqual(what(replayed), ["notifications/progress", "notifications/progress", 2])
    })
  )

  it.effect("is one connection's at a time: a newer one takes the place of the older", () =>
    Effect.gen(function* () {
      const { one, reply, streaming } = yield* opened()
      const first = yield* streaming(1)
      const again = yield* promise(() => one.resume("1-1"))
      assert.isTrue(yield* promise(() => first.ended))
      reply(0)
      yield* promise(() => again.ended)
      assert.deepStrictEqual([what(first), what(again)], [["notifications/progress"], [1]])
      const [listening, newer] = [yield* promise(() => one.listen()), yield* promise(() => one.listen())]
      assert.isTrue(yield* promise(() => listening.ended))
      newer.leave()
    })
  )

  it.effect("of the session itself goes on as well, with what came while no connection was there", () =>
    Effect.gen(function* () {
      const { backend, one } = yield* opened()
      yield* promise(() => one.request("resources/subscribe", { uri: "note://1" }))
      const update = () => backend.line.notify("notifications/resources/updated", { uri: "note://1" })
      update()
      const stream = yield* promise(() => one.listen())
      yield* promise(() => stream.until(({ messages }) => messages.length > 0))
      assert.deepStrictEqual(what(stream), ["notifications/resources/updated"])
      stream.leave()
      yield* promise(() => one.request("ping"))
      for (let n = 0; n < 10; n++) update()
      yield* promise(() => one.request("ping"))
      const again = yield* promise(() => one.resume(stream.events.at(-1)?.id ?? ""))
      yield* promise(() => again.until(({ messages }) => messages.length > 0))
      // Hints of one name: the last one stands for all.
      assert.strictEqual(again.messages.length, 1)
      again.leave()
    })
  )

  it.effect("says 400 to an event id that is not there any more, or never was", () =>
    Effect.gen(function* () {
      const { one, reply, streaming } = yield* opened({ replayEvents: 2 })
      for (const id of [1, 2, 3]) {
        const stream = yield* streaming(id)
        reply(id - 1)
        yield* promise(() => stream.ended)
      }
      for (const gone of ["1-0", "1-1", "9-0", "0-7", "1", "-1-1", "1-1-1", "x", "1e1-0", "99999999999999999999-0"]) {
        const answer = yield* promise(() => one.resume(gone))
        assert.strictEqual(answer.status, 400, gone)
        yield* promise(() => answer.ended)
        assert.include(answer.text, "not kept", gone)
      }
      const kept = yield* promise(() => one.resume("3-1"))
      yield* promise(() => kept.ended)
      assert.deepStrictEqual(what(kept), [3])
    })
  )

  it.effect("goes on only from where nothing that matters is missing", () =>
    Effect.gen(function* () {
      const { backend, one } = yield* opened({ replayEvents: 2 })
      const uris = [1, 2, 3, 4].map((n) => `note://${n}`)
      for (const uri of uris) yield* promise(() => one.request("resources/subscribe", { uri }))
      const stream = yield* promise(() => one.listen())
      for (const uri of uris) backend.line.notify("notifications/resources/updated", { uri })
      yield* promise(() => stream.until(({ messages }) => messages.length === 4))
      stream.leave()
      const tooOld = yield* promise(() => one.resume("0-1"))
      assert.strictEqual(tooOld.status, 400)
      const again = yield* promise(() => one.resume("0-2"))
      yield* promise(() => again.until(({ messages }) => messages.length === 2))
      again.leave()
    })
  )

  it.effect("has no event without data for clients that would not understand it", () =>
    Effect.gen(function* () {
      const { reply, streaming } = yield* opened({}, "2025-06-18")
      const stream = yield* streaming(1)
      reply(0)
      yield* promise(() => stream.ended)
      assert.deepStrictEqual(
        stream.events.map(({ id }) => id),
        ["1-1", "1-2"]
      )
    })
  )
})

describe("a call whose client has gone away", () => {
  it.effect("goes on in the stateful era, and is not cancelled", () =>
    Effect.gen(function* () {
      const { backend, one, reply, serving } = yield* opened()
      const pending = one.beginPost(one.message("tools/call", slow, 1))
      while (backend.calls.length === 0) yield* promise(() => one.request("ping"))
      pending.leave()
      for (let n = 0; n < 5; n++) yield* promise(() => one.request("ping"))
      assert.deepStrictEqual(
        backend.line.notifications.map(({ method }) => method),
        ["notifications/initialized"]
      )
      assert.strictEqual(serving.load().calls, 1)
      reply(0)
      while (serving.load().calls > 0) yield* promise(() => one.request("ping"))
    })
  )

  it.effect("is a stream after a while, so that its client can come back to it", () =>
    Effect.gen(function* () {
      const { backend, one, reply } = yield* opened({ keepAliveMillis: 10_000 })
      const pending = one.beginPost(one.message("tools/call", slow, 1))
      while (backend.calls.length === 0) yield* promise(() => one.request("ping"))
      yield* pass(20_000)
      const stream = yield* promise(async () => (await pending.answer).until(({ events }) => events.length > 0))
      assert.strictEqual(stream.events[0]?.id, "1-0")
      stream.leave()
      yield* promise(() => stream.ended)
      reply(0)
      const again = yield* promise(() => one.resume("1-0"))
      yield* promise(() => again.ended)
      assert.deepStrictEqual(what(again), [1])
    })
  )
})
