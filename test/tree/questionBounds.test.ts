import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import { refusedInputKey } from "../../src/domain/Call.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { openQuestions, roundLimit } from "../../src/gateway/ClientQuestions.ts"
import { errorOf, objectIn, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, type Behaviour } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { echoResult } from "./memoryServer.ts"

const inputTimeoutMillis = 5_000

const backendOf = (era: "legacy" | "modern", onCall: Behaviour["onCall"], changes: Partial<BackendSpec> = {}) =>
  new MemoryBackend(specOf("a", { inputTimeoutMillis, ...changes }), { era, tools: ["ask"] }, { onCall })

const elicit = { method: "elicitation/create", params: { message: "who?" } }

const asks = (count: number): JsonObject => ({
  resultType: "input_required",
  inputRequests: Object.fromEntries(Array.from({ length: count }, (_, n) => [`q${n}`, elicit])),
  requestState: "state of the backend"
})

/** Answers everything that the gateway asks and that has no answer yet. */
const answerAll = (client: MemoryClient, from: number): void => {
  for (const { id } of client.asked.slice(from)) client.send({ jsonrpc: "2.0", id, result: { action: "decline" } })
}

describe("INV-32 questions to a client stay within their bounds", () => {
  it.effect("of one round: as many as may be open are put to the client, the rest is refused in its name", () =>
    Effect.gen(function* () {
      const backend = backendOf("modern", (call, line) =>
        line.reply(
          call,
          "inputResponses" in call.params ? { resultType: "complete", ...echoResult(call) } : asks(openQuestions + 6)
        )
      )
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ elicitation: {} })
      const id = client.call("a__ask", { text: "x" })
      assert.lengthOf(client.asked, openQuestions)
      answerAll(client, 0)
      const repeat = backend.calls[1]
      // A refusal can't be said in that era, so the call ends; the gateway says why.
      assert.isUndefined(repeat)
      const { code, message } = errorOf(client.reply(id))
      assert.strictEqual(code, refusalCodes.inputUnsupported)
      assert.include(message, `more than ${openQuestions} questions at once`)
    })
  )

  it.effect("of rounds: a backend that asks for ever is ended, its client gets one reply", () =>
    Effect.gen(function* () {
      const backend = backendOf("modern", (call, line) => line.reply(call, asks(1)))
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ elicitation: {} })
      const id = client.call("a__ask")
      for (let round = 0; round < roundLimit; round++) {
        assert.lengthOf(client.repliesTo(id), 0)
        assert.lengthOf(client.asked, round + 1)
        answerAll(client, round)
      }
      const { code, message } = errorOf(client.reply(id))
      assert.strictEqual(code, refusalCodes.inputUnsupported)
      assert.strictEqual(message, `the backend asked more than ${roundLimit} times`)
      assert.lengthOf(backend.calls, roundLimit + 1)
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("of rounds without a question too: wanting only its state back is no way to run for ever", () =>
    Effect.gen(function* () {
      const backend = backendOf("modern", (call, line) =>
        line.reply(call, { resultType: "input_required", requestState: `state ${call.id}` })
      )
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ elicitation: {} })
      const id = client.call("a__ask")
      assert.strictEqual(errorOf(client.reply(id)).code, refusalCodes.inputUnsupported)
      assert.lengthOf(backend.calls, roundLimit + 1)
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("of time: what nobody answers is taken back, and the call ends", () =>
    Effect.gen(function* () {
      const backend = backendOf("modern", (call, line) => line.reply(call, asks(1)))
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ elicitation: {} })
      const id = client.call("a__ask")
      yield* pass(inputTimeoutMillis - 1)
      assert.lengthOf(client.repliesTo(id), 0)
      assert.strictEqual(gateway.status()["running"], 1)
      yield* pass(2)
      const [asked] = client.asked
      assert.deepInclude(client.notified("notifications/cancelled"), {
        requestId: asked?.["id"],
        reason: "nobody answered in time"
      })
      assert.strictEqual(errorOf(client.reply(id)).code, refusalCodes.inputUnsupported)
      answerAll(client, 0)
      assert.lengthOf(client.repliesTo(id), 1, "a late answer is none")
    })
  )

  it.effect("of questions outside any call: beyond the bound they are refused to the backend at once", () =>
    Effect.gen(function* () {
      const backend = backendOf("legacy", () => undefined, { isolation: "session" })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ roots: {} })
      yield* pass(1)
      const { line } = backend
      for (let n = 0; n < openQuestions; n++) line.ask(`roots ${n}`, "roots/list")
      yield* pass(1)
      assert.lengthOf(client.asked, openQuestions)
      assert.lengthOf(line.answers, 0)
      line.ask("one more", "roots/list")
      yield* pass(1)
      assert.lengthOf(client.asked, openQuestions)
      assert.deepStrictEqual(
        line.answers.map(({ id }) => id),
        ["one more"]
      )
      answerAll(client, 0)
      assert.lengthOf(line.answers, openQuestions + 1)
    })
  )

  it.effect("of questions outside any call: they are taken back when their server is gone", () =>
    Effect.gen(function* () {
      const backend = backendOf("legacy", () => undefined, { isolation: "session" })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ roots: {} })
      yield* pass(1)
      const { line } = backend
      for (const id of ["one", "two"]) line.ask(id, "roots/list")
      yield* pass(1)
      const [one, two] = client.asked
      client.send({ jsonrpc: "2.0", id: one?.["id"] ?? 0, result: { roots: [] } })
      line.exit()
      yield* pass(1)
      const reason = "the server that asked is gone"
      assert.deepStrictEqual(client.notified("notifications/cancelled"), [{ requestId: two?.["id"] ?? 0, reason }])
      assert.lengthOf(line.answers, 1)
    })
  )

  it.effect("INV-1 of a call that its client cancels: what was asked meanwhile is refused, and no reply comes", () =>
    Effect.gen(function* () {
      const backend = backendOf("legacy", (call, line) => line.ask(`first of ${call.id}`, "elicitation/create"), {
        isolation: "session"
      })
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ elicitation: {} })
      yield* pass(1)
      const id = client.call("a__ask")
      yield* pass(1)
      const { line } = backend
      line.ask("second", "elicitation/create")
      yield* pass(1)
      assert.lengthOf(client.asked, 1)
      client.cancel(id)
      yield* pass(1)
      assert.lengthOf(client.asked, 1)
      assert.lengthOf(client.repliesTo(id), 0)
      assert.lengthOf(line.answers, 2)
      for (const answer of line.answers) assert.strictEqual(errorOf(answer).message, "the client cancelled the request")
      assert.strictEqual(line.notifications.at(-1)?.["method"], "notifications/cancelled")
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("INV-1 of a call that its client cancels in the last round: no reply comes, whatever else was asked", () =>
    Effect.gen(function* () {
      const backend = backendOf("legacy", (_call, line) => line.ask("round 0", "elicitation/create"), {
        isolation: "session"
      })
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ elicitation: {} })
      yield* pass(1)
      const id = client.call("a__ask")
      for (let round = 1; round < roundLimit; round++) {
        yield* pass(1)
        answerAll(client, round - 1)
        backend.line.ask(`round ${round}`, "elicitation/create")
      }
      backend.line.ask("one more", "elicitation/create")
      yield* pass(1)
      assert.lengthOf(client.asked, roundLimit)
      client.cancel(id)
      yield* pass(1)
      assert.lengthOf(client.repliesTo(id), 0)
      assert.include(client.unanswered, id)
      assert.strictEqual(gateway.status()["running"], 0)
      assert.lengthOf(backend.line.answers, roundLimit + 1, "its server waits for nothing any more")
    })
  )

  it.effect("the answers of a client reach the question they are for, in any order", () =>
    Effect.gen(function* () {
      const backend = backendOf("modern", (call, line) => {
        const answers = objectIn(call.params, "inputResponses")
        const names = Object.keys(answers)
          .toSorted()
          .map((key) => objectIn(answers, key)["action"])
        line.reply(
          call,
          names.length === 0 ? asks(3) : { resultType: "complete", content: [{ type: "text", text: names.join() }] }
        )
      })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ elicitation: {} })
      const id = client.call("a__ask")
      for (const [n, { id }] of client.asked.toReversed().entries()) {
        client.send(
          { jsonrpc: "2.0", id, result: { action: `answer ${n}` } },
          { jsonrpc: "2.0", id, result: { action: "again" } }
        )
      }
      assert.strictEqual(textOf(client.reply(id)), "answer 2,answer 1,answer 0")
      const sent = backend.calls[1]?.params
      assert.strictEqual(sent?.["requestState"], "state of the backend")
      assert.notInclude(JSON.stringify(sent), refusedInputKey)
    })
  )

  it.effect("an answer reaches its question whatever the backend calls it", () =>
    Effect.gen(function* () {
      const asked = JSON.parse(`{"__proto__":${JSON.stringify(elicit)}}`)
      const backend = backendOf("modern", (call, line) =>
        "inputResponses" in call.params
          ? line.reply(call, { resultType: "complete", ...echoResult(call) })
          : line.reply(call, { resultType: "input_required", inputRequests: asked })
      )
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open({ elicitation: {} })
      client.call("a__ask")
      answerAll(client, 0)
      assert.include(backend.frames.at(-1), '"inputResponses":{"__proto__":{"action":"decline"}}')
    })
  )
})
