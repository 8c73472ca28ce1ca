import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import { isReply, objectIn, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, settle, specOf } from "./memoryGateway.ts"
import { echoResult, type Received } from "./memoryServer.ts"

const calls = 1_000
const names = ["a", "b", "c", "d"]

/** Puts a list in another order, the same one every time. */
const shuffled = <A>(list: ReadonlyArray<A>): ReadonlyArray<A> =>
  list
    .map((value, n) => ({ value, key: (n * 7_919) % 1_009 }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value)

describe("1,000 calls in flight over four backends", () => {
  for (const inFlight of [calls, backendDefaults.boundsStdio.inFlight]) {
    it.effect(`INV-1 are each answered once, by the right backend, with ${inFlight} at a time at each backend`, () =>
      Effect.gen(function* () {
        const bounds = { ...backendDefaults.boundsStdio, inFlight, queued: calls }
        const backends = names.map((name) => new MemoryBackend(specOf(name, { bounds }), { tools: ["echo"] }))
        const { connect, gateway } = yield* memoryGateway({ backends })
        const client = connect().open()
        const call = (id: number) => {
          const name = `${names[id % names.length]}__echo`
          return client.requestMessage(
            "tools/call",
            { name, arguments: { text: `${id}` } },
            { id, progressToken: id % 3 }
          )
        }
        client.send(...Array.from({ length: calls }, (_, id) => call(id)))
        assert.strictEqual(gateway.status()["running"], calls)
        let answered = 0
        for (let open = openIn(backends); open.length > 0; open = openIn(backends)) {
          for (const { backend, call } of shuffled(open)) {
            answered++
            backend.line.reply(call, echoResult(call))
            // Some servers say everything twice.
            if (answered % 10 === 0) backend.line.reply(call, echoResult(call))
          }
          yield* settle
        }
        for (let id = 0; id < calls; id++) assert.strictEqual(textOf(client.reply(id)), `echo:${id}`)
        assert.lengthOf(
          client.messages.filter((message) => isReply(message)),
          calls + 1
        )
        for (const [index, backend] of backends.entries()) {
          const own = backend.calls.map(({ params }) => Number(objectIn(params, "arguments")["text"]))
          assert.lengthOf(own, calls / names.length)
          assert.isTrue(own.every((id) => id % names.length === index))
        }
        assert.strictEqual(gateway.status()["running"], 0)
      })
    )
  }
})

const openIn = (backends: ReadonlyArray<MemoryBackend>): ReadonlyArray<{ backend: MemoryBackend; call: Received }> =>
  backends.flatMap((backend) => [...backend.line.open.values()].map((call) => ({ backend, call })))
