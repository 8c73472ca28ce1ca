import { assert, describe, it } from "@effect/vitest"
import { Circuit, RestartPolicy } from "../../../src/index.ts"
import {
  assertCircuitHistory,
  assertHistory,
  checkCircuit,
  checkPolicy,
  circuitLaws,
  restartLawsOf,
  superviseInVirtualTime,
  type CircuitHistory,
  type History
} from "../../../src/testing.ts"
import { circuitSettings, restartSettings } from "./settings.ts"

const good = RestartPolicy.of(restartSettings)
const bad = RestartPolicy.of({ ...restartSettings, stableMillis: 4_999 })
const laws = restartLawsOf(restartSettings)

/** What the message has somebody paste, as the value that it is then. */
const pasted = (message: string, call: string): unknown => {
  const [, list = ""] = message.split(`${call}, laws, `)
  const text = list.replace(/(, \{.*\})?\)$/, "")
  return JSON.parse(text.replaceAll(/(\w+):/g, '"$1":').replaceAll("undefined", "null"), (_, value) =>
    value === null ? undefined : value
  )
}

describe("a history that was once found to break a law", () => {
  it("is printed as it is written in a test", () => {
    const checked = checkPolicy(bad, laws)
    assert(checked._tag === "Failed")
    const found = checked.history.map(({ upMillis, ...life }) =>
      upMillis === undefined ? life : { ...life, upMillis }
    )
    assert.deepStrictEqual(pasted(checked.message, "assertHistory(policy"), found)
  })

  it("breaks it again by itself, whatever laws are asked for before", () => {
    const checked = checkPolicy(bad, laws)
    assert(checked._tag === "Failed")
    const { explanation, history, originMillis } = checked
    assert.throws(() => assertHistory(bad, laws, history, { originMillis }), Error, explanation)
    assert.throws(() => assertHistory(bad, laws.toReversed(), history, { originMillis }), Error, "breaks a law")
    assertHistory(good, laws, history, { originMillis })
  })

  it("is played in the real supervisor on demand", () => {
    const crash = { startMillis: 0, upMillis: 4_999, lateMillis: 0, random: 0.5 }
    const history: History = [crash, crash]
    const check = () => assertHistory(bad, laws, history, { play: superviseInVirtualTime })
    assert.throws(check, Error, "\nThe history:\n  1. up at 0 ms, down at 4,999 ms: restart 1 in 100 ms\n  2. ")
    assertHistory(good, laws, history, { play: superviseInVirtualTime })
  })

  it("is kept for circuits in the same way", () => {
    const hasty = Circuit.of({ ...circuitSettings, threshold: 1 })
    const law = circuitLaws.trips(circuitSettings)
    const checked = checkCircuit(hasty, [law])
    assert(checked._tag === "Failed")
    const history: CircuitHistory = [{ _tag: "Admit" }, { _tag: "Record", pick: 0, result: "failure", random: 0.5 }]
    assert.deepStrictEqual(checked.history, history)
    assert.deepStrictEqual<unknown>(pasted(checked.message, "assertCircuitHistory(circuit"), history)
    assert.throws(() => assertCircuitHistory(hasty, [law], history), Error, checked.explanation)
    assertCircuitHistory(Circuit.of(circuitSettings), [law], history)
  })
})
