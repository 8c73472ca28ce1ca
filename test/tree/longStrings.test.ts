import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bulkLength } from "../../src/protocol/BulkString.ts"
import { errorOf, resultOf, textIn, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing, type Behaviour } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { echoResult, toolNamed } from "./memoryServer.ts"

const long = `"quoted" \\ and é ${"x".repeat(bulkLength)}`

const started = Effect.fnUntraced(function* (era: "legacy" | "modern", onCall: Behaviour["onCall"]) {
  const backend = new MemoryBackend(specOf("a"), { era, tools: ["echo"] }, { onCall })
  const tree = yield* memoryGateway({ backends: [backend] })
  return { backend, client: tree.connect().open({ elicitation: {} }), tree }
})

describe("a long string", () => {
  for (const era of ["legacy", "modern"] as const) {
    it.effect(`in the arguments and in the result passes a ${era} backend unchanged`, () =>
      Effect.gen(function* () {
        const { backend, client } = yield* started(era, echoing)
        assert.strictEqual(textOf(client.reply(client.call("a__echo", { text: long }))), `echo:${long}`)
        assert.include(backend.frames.join(), JSON.stringify(long))
      })
    )

    it.effect(`as a progress token stays here, and the call passes a ${era} backend`, () =>
      Effect.gen(function* () {
        const { backend, client } = yield* started(era, (call, line) => {
          line.notify("notifications/progress", { progressToken: call.id, progress: 1 })
          echoing(call, line)
        })
        const id = client.call("a__echo", { text: "x" }, { progressToken: long })
        assert.strictEqual(textOf(client.reply(id)), "echo:x")
        assert.deepStrictEqual(client.notified("notifications/progress"), [{ progress: 1, progressToken: long }])
        assert.notInclude(backend.frames.join(), "xxx")
      })
    )
  }

  it.effect("as the message of an error reaches the client, and is no breach of the protocol", () =>
    Effect.gen(function* () {
      const { client, tree } = yield* started("legacy", (call, line) => line.fail(call, -32001, long))
      assert.strictEqual(errorOf(client.reply(client.call("a__echo"))).message, long)
      assert.strictEqual(tree.gateway.units[0]?.life?._tag, "Ready")
    })
  )

  it.effect(
    "as the state of a stateless backend comes back to it as it was, from a client that knows no such thing",
    () =>
      Effect.gen(function* () {
        const { backend, client } = yield* started("modern", (call, line) => {
          if ("requestState" in call.params) return line.reply(call, { resultType: "complete", ...echoResult(call) })
          const inputRequests = { q: { method: "elicitation/create", params: { message: "who?" } } }
          line.reply(call, { resultType: "input_required", inputRequests, requestState: long })
        })
        const id = client.call("a__echo", { text: "x" })
        client.send({ jsonrpc: "2.0", id: client.asked[0]?.["id"] ?? null, result: { action: "decline" } })
        assert.strictEqual(textOf(client.reply(id)), "echo:x")
        assert.strictEqual(backend.calls[1]?.params["requestState"], long)
      })
  )

  it.effect("in a held call is the same one when its client comes back with a long answer", () =>
    Effect.gen(function* () {
      const spec = specOf("a", { isolation: "session" })
      const onCall: Behaviour["onCall"] = (call, line) =>
        line.ask(`q-${call.id}`, "elicitation/create", { message: "who?" })
      const backend = new MemoryBackend(spec, { tools: ["echo"] }, { onCall })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const [client, modern] = [connect(), { elicitation: {} }]
      const params = { name: "a__echo", arguments: { text: long } }
      const first = client.request("tools/call", params, { modern })
      yield* pass(1)
      const requestState = textIn(resultOf(client.reply(first)), "requestState", "")
      const inputResponses = { q1: { action: "accept", content: { name: "y".repeat(5_000) } } }
      const second = client.request("tools/call", { ...params, inputResponses, requestState }, { modern })
      for (const call of backend.line.open.values()) backend.line.reply(call, echoResult(call))
      assert.strictEqual(textOf(client.reply(second)), `echo:${long}`)
    })
  )

  it.effect("in a tool's description is read by the check of tools, however it is written", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), { tools: [{ ...toolNamed("t"), description: `${long}\u200b` }] })
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      assert.deepStrictEqual(
        gateway.table().withheld.map(({ reason }) => reason),
        ["it contains invisible characters"]
      )
      assert.strictEqual(gateway.table().tools.size, 0)
    })
  )
})
