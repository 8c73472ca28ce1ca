import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { questionsPerCall } from "../../src/backend/HeldCalls.ts"
import { heldLimit } from "../../src/backend/InFlight.ts"
import { backendDefaults, type BackendSpec } from "../../src/domain/BackendSpec.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { errorOf, objectIn, resultOf, textIn, textOf, type Id } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { echoResult } from "./memoryServer.ts"

const modern = { elicitation: {} }
const inputTimeoutMillis = 10_000

/** A legacy server that asks its client something in the middle of each call. */
const asking = (changes: Partial<BackendSpec> = {}) => {
  const spec = specOf("a", { isolation: "session", inputTimeoutMillis, timeoutMillis: 1_000, ...changes })
  return new MemoryBackend(
    spec,
    { tools: ["ask"] },
    { onCall: (call, line) => line.ask(`q-${call.id}`, "elicitation/create", { message: "who?" }) }
  )
}

const params = { name: "a__ask", arguments: { text: "x" } }

/** Calls the tool and gets the question, with the handle that goes back with the answer. */
const question = Effect.fnUntraced(function* (client: MemoryClient) {
  const id = client.request("tools/call", params, { modern })
  yield* pass(1)
  const result = resultOf(client.reply(id))
  assert.strictEqual(result["resultType"], "input_required")
  return textIn(result, "requestState", "")
})

const answer = (client: MemoryClient, requestState: string, changes: JsonObject = {}): Id => {
  const inputResponses = { q1: { action: "accept", content: { name: "ada" } } }
  return client.request("tools/call", { ...params, inputResponses, requestState, ...changes }, { modern })
}

const codeOf = (client: MemoryClient, id: Id): number => errorOf(client.reply(id)).code

/** The line that a client's calls go over: the first one is the shared one, for lists. */
const ownLine = (backend: MemoryBackend) => backend.line

describe("a call held while its client answers", () => {
  it.effect("goes on with the answer and ends with the backend's reply", () =>
    Effect.gen(function* () {
      const backend = asking()
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const id = answer(client, yield* question(client))
      const { answers, calls } = ownLine(backend)
      const [call] = calls
      assert.deepStrictEqual(
        answers.map(({ id, result }) => ({ id, result })),
        [{ id: `q-${call?.id}`, result: { action: "accept", content: { name: "ada" } } }]
      )
      if (call !== undefined) ownLine(backend).reply(call, echoResult(call))
      assert.strictEqual(textOf(client.reply(id)), "ask:x")
      assert.lengthOf(calls, 1, "the repeat went to the call that was held, not to the backend")
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("is kept until the input time is over; then the backend is told, and the answer comes too late", () =>
    Effect.gen(function* () {
      const backend = asking()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const state = yield* question(client)
      const line = ownLine(backend)
      yield* pass(inputTimeoutMillis - 10)
      assert.lengthOf(
        line.notifications.filter(({ method }) => method === "notifications/cancelled"),
        0
      )
      yield* pass(20)
      assert.deepStrictEqual(
        line.notifications.filter(({ method }) => method === "notifications/cancelled").map(({ params }) => params),
        [{ requestId: line.calls[0]?.id, reason: "the client did not answer in time" }]
      )
      assert.strictEqual(errorOf(line.answers[0] ?? {}).code, -32603, "the question is taken back as well")
      assert.strictEqual(codeOf(client, answer(client, state)), refusalCodes.inputExpired)
    })
  )

  it.effect("a new deadline runs from the answer on", () =>
    Effect.gen(function* () {
      const backend = asking()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const state = yield* question(client)
      yield* pass(inputTimeoutMillis - 10)
      const id = answer(client, state)
      yield* pass(990)
      assert.lengthOf(client.repliesTo(id), 0)
      yield* pass(20)
      assert.strictEqual(codeOf(client, id), refusalCodes.deadlineExceeded)
    })
  )

  it.effect("is answered once: the same handle a second time is refused", () =>
    Effect.gen(function* () {
      const backend = asking()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const state = yield* question(client)
      const id = answer(client, state)
      assert.strictEqual(codeOf(client, answer(client, state)), refusalCodes.inputExpired)
      assert.lengthOf(client.repliesTo(id), 0)
      assert.lengthOf(ownLine(backend).answers, 1)
    })
  )

  it.effect("is nobody else's: another session, other arguments or a forged handle get nothing and spoil nothing", () =>
    Effect.gen(function* () {
      const backend = asking()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const [client, eve] = [connect("ada"), connect("eve")]
      const state = yield* question(client)
      yield* question(eve)
      const answers = () => backend.lines.flatMap((line) => line.answers)
      assert.strictEqual(codeOf(eve, answer(eve, state)), refusalCodes.inputExpired)
      assert.strictEqual(codeOf(client, answer(client, state, { arguments: { text: "y" } })), refusalCodes.inputExpired)
      assert.strictEqual(codeOf(client, answer(client, `${state}x`)), refusalCodes.inputExpired)
      assert.strictEqual(codeOf(client, answer(client, "sg1.a.b.c")), refusalCodes.inputExpired)
      assert.lengthOf(answers(), 0)
      answer(client, state)
      assert.lengthOf(answers(), 1)
    })
  )

  it.effect("INV-16 whose backend ends while the client is away is told so on return, with the right certainty", () =>
    Effect.gen(function* () {
      const backend = asking()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const state = yield* question(client)
      ownLine(backend).exit()
      yield* pass(1_000)
      const { code, data } = errorOf(client.reply(answer(client, state)))
      assert.strictEqual(code, refusalCodes.connectionLost)
      assert.include(data, { certainty: "unknown" })
    })
  )

  it.effect("whose backend has finished meanwhile gives its result on return", () =>
    Effect.gen(function* () {
      const backend = asking()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const state = yield* question(client)
      const [call] = ownLine(backend).calls
      if (call !== undefined) ownLine(backend).reply(call, echoResult(call))
      yield* pass(5_000)
      assert.strictEqual(textOf(client.reply(answer(client, state))), "ask:x")
    })
  )

  it.effect("INV-25 that its client cancels after its return gives back its permit and its place", () =>
    Effect.gen(function* () {
      const backend = asking()
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const id = answer(client, yield* question(client))
      client.cancel(id)
      yield* pass(1)
      const slot = [...(gateway.units[0]?.slots.values() ?? [])][0]
      const { circuit, holding, queued, sent } = slot?.backend.view?.inFlight ?? {}
      assert.deepStrictEqual(
        { circuit: circuit?._tag, holding, queued, sent },
        { circuit: "Closed", holding: 0, queued: 0, sent: 0 }
      )
      assert.lengthOf(client.repliesTo(id), 0)
      assert.strictEqual(gateway.status()["running"], 0)
      assert.strictEqual(ownLine(backend).notifications.at(-1)?.["method"], "notifications/cancelled")
    })
  )

  it.effect(
    "INV-32 is one of a bounded number; one more question is refused to the backend, and asked never again",
    () =>
      Effect.gen(function* () {
        const bounds = { ...backendDefaults.boundsStdio, inFlight: heldLimit + 2 }
        const backend = asking({ bounds })
        const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
        const client = connect()
        const ids = Array.from({ length: heldLimit + 1 }, () => client.request("tools/call", params, { modern }))
        yield* pass(1)
        const line = ownLine(backend)
        const last = ids.at(-1) ?? 0
        assert.lengthOf(
          ids.filter((id) => client.repliesTo(id).length === 1),
          heldLimit
        )
        assert.lengthOf(line.answers, 1)
        assert.lengthOf(client.repliesTo(last), 0)
        const slot = [...(gateway.units[0]?.slots.values() ?? [])][0]
        assert.strictEqual(slot?.backend.view?.inFlight.holding, heldLimit)
        // One comes back and makes room: the call that was refused asks again, and only that is put to its client.
        answer(client, textIn(resultOf(client.reply(ids[0] ?? 0)), "requestState", ""))
        line.ask("again", "elicitation/create", { message: "who, again?" })
        yield* pass(1)
        const asked = Object.values(objectIn(resultOf(client.reply(last)), "inputRequests"))
        assert.deepStrictEqual(asked, [{ method: "elicitation/create", params: { message: "who, again?" } }])
      })
  )

  it.effect("INV-32 has a bounded number of questions open", () =>
    Effect.gen(function* () {
      const backend = asking()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      yield* question(client)
      const line = ownLine(backend)
      for (let n = 1; n < questionsPerCall; n++) line.ask(n, "elicitation/create", { message: `${n}` })
      assert.lengthOf(line.answers, 0)
      line.ask("one more", "elicitation/create", { message: "" })
      yield* pass(1)
      assert.deepStrictEqual(
        line.answers.map(({ id }) => id),
        ["one more"]
      )
    })
  )
})
