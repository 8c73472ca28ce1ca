import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { resultOf } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"

const result = {
  resultType: "input_required",
  inputRequests: { q: { method: "elicitation/create", params: { message: "who?" } } },
  requestState: "none of ours",
  content: [{ type: "text", text: "done" }]
}

const started = Effect.gen(function* () {
  const backend = new MemoryBackend(
    specOf("a"),
    { era: "legacy", tools: ["t"] },
    { onCall: (call, line) => line.reply(call, result) }
  )
  const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
  return { backend, connect, gateway }
})

describe("resultType = input_required of a backend that does not know the word", () => {
  it.effect("is a member like any other: the call is over, nobody is asked and nothing is repeated", () =>
    Effect.gen(function* () {
      const { backend, connect, gateway } = yield* started
      const client = connect().open({ elicitation: {} })
      const id = client.call("a__t")
      yield* pass(1)
      assert.deepStrictEqual(resultOf(client.reply(id)), result)
      assert.lengthOf(client.asked, 0)
      assert.lengthOf(backend.calls, 1)
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("does not make a stateless client repeat what has been done", () =>
    Effect.gen(function* () {
      const { connect } = yield* started
      const client = connect()
      const { content, resultType } = resultOf(client.reply(client.call("a__t", {}, { modern: { elicitation: {} } })))
      assert.deepStrictEqual([resultType, content], ["complete", result.content])
    })
  )
})
