import { assert, describe, it } from "@effect/vitest"
import { RestartPolicy } from "../../../src/index.ts"
import {
  assertPolicy,
  checkPolicy,
  restartLaws,
  superviseInVirtualTime,
  type RestartLaw
} from "../../../src/testing.ts"
import { restartSettings as settings } from "./settings.ts"

type Policy = RestartPolicy.Policy<RestartPolicy.ProbationState>

const good: Policy = RestartPolicy.of(settings)

/** What somebody without a compiler may write. */
const answering = (verdict: unknown): Policy => ({ ...good, onDown: () => Object(JSON.parse(JSON.stringify(verdict))) })

const restart = { _tag: "Restart", attempt: 1, delayMillis: 100 }
const quarantine = { _tag: "Quarantine", reason: "enough", retryMillis: 100 }

const failureOf = (policy: Policy, play?: typeof superviseInVirtualTime) => {
  const checked = checkPolicy(policy, [], { runs: 5, ...(play === undefined ? undefined : { play }) })
  assert(checked._tag === "Failed")
  return checked
}

describe.each([
  ["alone", undefined],
  ["in the real supervisor", superviseInVirtualTime]
])("a policy that answers rubbish is told what is wrong, %s", (_, play) => {
  it.each<readonly [string, unknown]>([
    ["onDown must answer a state, but there is none", { decision: restart }],
    ["the decision must be an object, but is undefined", { state: 1 }],
    ['_tag must be "Restart" or "Quarantine", but is "Retry"', { state: 1, decision: { ...restart, _tag: "Retry" } }],
    [
      'delayMillis must be above 0 and at most 2147483647, but is "100"',
      { state: 1, decision: { ...restart, delayMillis: "100" } }
    ],
    ["attempt must be a whole number from 1, but is 1.5", { state: 1, decision: { ...restart, attempt: 1.5 } }],
    [
      "attempt must be a whole number from 1, but is undefined",
      { state: 1, decision: { ...restart, attempt: undefined } }
    ],
    ["reason must be a text, but is undefined", { state: 1, decision: { ...quarantine, reason: undefined } }]
  ])("%s", (problem, verdict) => {
    const { explanation, law } = failureOf(answering(verdict), play)
    assert.strictEqual(law, restartLaws.sound.name)
    assert.strictEqual(explanation, `at 0 ms ${problem}`)
  })

  it("when it throws, with the error and what came before", () => {
    const thrown = new Error("no more")
    const throwing: Policy = {
      ...good,
      onDown: (state, now, random) => {
        if (state.restart.streak > 0) throw thrown
        return good.onDown(state, now, random)
      }
    }
    const { cause, explanation, message } = failureOf(throwing, play)
    assert.strictEqual(explanation, "at 100 ms onDown throws Error: no more")
    assert.strictEqual(cause, thrown)
    assert.match(message, /: restart 1 in [\d.]+ ms/)
    const options = { runs: 5, ...(play === undefined ? undefined : { play }) }
    try {
      assertPolicy(throwing, [], options)
    } catch (error) {
      assert.propertyVal(error, "cause", thrown)
      return
    }
    assert.fail("nothing was thrown")
  })

  it("when onReady throws", () => {
    const throwing: Policy = {
      ...good,
      onReady: () => {
        throw new Error("not ready")
      }
    }
    assert.strictEqual(failureOf(throwing, play).explanation, "at 0 ms onReady throws Error: not ready")
  })

  it("when it changes a state in place, even one that is shared by a copy", () => {
    const shared: RestartPolicy.Policy<{ readonly times: Array<number> }> = {
      name: "shared",
      initial: { times: [] },
      onReady: (state) => state,
      onRestarted: (state) => state,
      onDown: ({ times }, now) => {
        times.push(now)
        return { state: { times }, decision: { _tag: "Restart", attempt: 1, delayMillis: 1_000 } }
      }
    }
    const checked = checkPolicy(shared, [], { runs: 5, ...(play === undefined ? undefined : { play }) })
    assert(checked._tag === "Failed")
    assert.match(checked.explanation, /^at 0 ms onDown throws TypeError: .*: a state must not be changed in place$/)
  })

  it("when it asks chance of its own", () => {
    let asked = 0
    const erratic: Policy = {
      ...good,
      onDown: (state, now) => good.onDown(state, now, (asked += 0.137) % 1)
    }
    const { explanation, law, message } = failureOf(erratic, play)
    assert.strictEqual(law, restartLaws.repeatable.name)
    assert.include(explanation, "asks a clock or chance of its own, or keeps something outside its state")
    assert.include(message, ": restart 1 in ")
  })
})

describe("a law that throws", () => {
  it("is named, and its error kept", () => {
    const thrown = new TypeError("oops")
    const law: RestartLaw = {
      name: "my law",
      check: () => {
        throw thrown
      }
    }
    const checked = checkPolicy(good, [law])
    assert(checked._tag === "Failed")
    assert.strictEqual(checked.law, "my law")
    assert.strictEqual(checked.explanation, "the law itself throws TypeError: oops")
    assert.strictEqual(checked.cause, thrown)
    assert.lengthOf(checked.history, 0)
  })
})
