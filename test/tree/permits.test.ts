import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { echoResult } from "./memoryServer.ts"

const openMillis = 10_000
const circuit = { ...backendDefaults.circuit, jitter: 0, threshold: 3, openMillis, successes: 2 }
const restart = { ...backendDefaults.restart, jitter: 0 }

/** A gateway whose one backend answers by hand, and whose circuit has just opened. */
const opened = Effect.gen(function* () {
  const spec = specOf("a", { circuit, restart, timeoutMillis: 2_000 })
  const backend = new MemoryBackend(spec, { tools: ["echo"] }, { onCall: (call, line) => line.fail(call, -32603) })
  const tree = yield* memoryGateway({ backends: [backend] })
  const client = tree.connect().open()
  for (let n = 0; n < circuit.threshold; n++)
    assert.strictEqual(errorOf(client.reply(client.call("a__echo"))).code, -32603)
  backend.behaviour.onCall = () => undefined
  const state = () => tree.gateway.units[0]?.shared.view?.inFlight.circuit
  assert.strictEqual(state()?._tag, "Open")
  const refused = () => {
    const { code, data } = errorOf(client.reply(client.call("a__echo")))
    assert.include(data, { certainty: "not_sent" })
    return code
  }
  const answer = (index = -1) => {
    const call = backend.calls.at(index)
    if (call !== undefined) backend.line.reply(call, echoResult(call))
  }
  return { answer, backend, client, refused, state, tree }
})

describe("the circuit of a backend", () => {
  it.effect("INV-21 admits nothing before its time, and no byte reaches the backend", () =>
    Effect.gen(function* () {
      const { backend, refused } = yield* opened
      const before = backend.calls.length
      for (const millis of [0, 5_000, 4_999]) {
        yield* pass(millis)
        assert.strictEqual(refused(), refusalCodes.circuitOpen)
      }
      assert.lengthOf(backend.calls, before)
    })
  )

  it.effect("INV-22 then admits one at a time, and closes after as many successes as configured", () =>
    Effect.gen(function* () {
      const { answer, client, refused, state } = yield* opened
      yield* pass(openMillis)
      for (let n = 0; n < circuit.successes; n++) {
        const probe = client.call("a__echo", { text: "probe" })
        assert.strictEqual(refused(), refusalCodes.circuitOpen)
        answer()
        assert.strictEqual(textOf(client.reply(probe)), "echo:probe")
      }
      assert.strictEqual(state()?._tag, "Closed")
    })
  )

  const interruptions: ReadonlyArray<
    readonly [what: string, end: (ends: Effect.Success<typeof opened>, id: string | number) => void, millis: number]
  > = [
    ["its client cancels it", ({ client }, id) => client.cancel(id), 1],
    ["its client goes", ({ client }) => client.close(), 1],
    [
      "the backend says the request is wrong",
      ({ backend }) => backend.line.fail(backend.calls.at(-1) ?? { id: "" }, -32602),
      1
    ]
  ]
  for (const [what, end, millis] of interruptions) {
    it.effect(`INV-25 gets the permit of its probe back when ${what}: the next call is a probe again`, () =>
      Effect.gen(function* () {
        const ends = yield* opened
        yield* pass(openMillis)
        end(ends, ends.client.call("a__echo"))
        yield* pass(millis)
        assert.deepInclude(ends.state(), { _tag: "HalfOpen", probing: false })
        const other = ends.tree.connect().open()
        const id = other.call("a__echo", { text: "again" })
        ends.answer()
        assert.strictEqual(textOf(other.reply(id)), "echo:again")
      })
    )
  }

  const failures: ReadonlyArray<
    readonly [what: string, end: (ends: Effect.Success<typeof opened>) => void, millis: number]
  > = [
    ["times out", () => undefined, 2_000],
    ["is lost with its connection", ({ backend }) => backend.line.exit(), 1],
    [
      "is answered with an internal error",
      ({ backend }) => backend.line.fail(backend.calls.at(-1) ?? { id: "" }, -32603),
      1
    ]
  ]
  for (const [what, end, millis] of failures) {
    it.effect(`opens again, for longer, when its probe ${what}`, () =>
      Effect.gen(function* () {
        const ends = yield* opened
        yield* pass(openMillis)
        ends.client.call("a__echo")
        end(ends)
        yield* pass(millis)
        assert.deepInclude(ends.state(), { _tag: "Open", openings: 2 })
        yield* pass(openMillis)
        assert.strictEqual(ends.refused(), refusalCodes.circuitOpen)
        yield* pass(openMillis)
        ends.client.call("a__echo")
        assert.deepInclude(ends.state(), { _tag: "HalfOpen", probing: true })
      })
    )
  }

  it.effect("INV-24 does not open by what says nothing about the backend's health", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a", { circuit }), { tools: ["echo"] })
      const tree = yield* memoryGateway({ backends: [backend] })
      const client = tree.connect().open()
      for (let n = 0; n < 20; n++) {
        const id = client.call("a__echo")
        const call = backend.calls.at(-1) ?? { id: "" }
        if (n % 3 === 0) client.cancel(id)
        else if (n % 3 === 1) backend.line.fail(call, -32602)
        else backend.line.reply(call, { isError: true, content: [] })
      }
      assert.deepInclude(tree.gateway.units[0]?.shared.view?.inFlight.circuit, { _tag: "Closed", consecutive: 0 })
      assert.strictEqual(tree.gateway.units[0]?.shared.view?.inFlight.sent, 0)
    })
  )

  it.effect("takes a crash under many calls for one failure", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a", { circuit, restart }), { tools: ["echo"] })
      const tree = yield* memoryGateway({ backends: [backend] })
      const client = tree.connect().open()
      for (let n = 0; n < 10; n++) client.call("a__echo")
      backend.line.exit()
      yield* pass(600)
      assert.deepInclude(tree.gateway.units[0]?.shared.view?.inFlight.circuit, { _tag: "Closed", consecutive: 1 })
    })
  )
})
