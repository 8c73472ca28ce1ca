import { assert, describe, it } from "@effect/vitest"
import { Circuit, RestartPolicy } from "../../../src/index.ts"
import {
  Chance,
  calls,
  checkCircuit,
  checkPolicy,
  outages,
  restartLaws,
  type CircuitCheckOptions,
  type PolicyCheckOptions
} from "../../../src/testing.ts"
import { circuitSettings, restartSettings } from "./settings.ts"

const policy = RestartPolicy.of(restartSettings)

describe("a check that would check nothing is refused", () => {
  it.each<readonly [PolicyCheckOptions, string]>([
    [{ runs: 0 }, "runs must be between 1 and 10000000, but is 0"],
    [{ runs: -1 }, "runs must be between 1 and 10000000, but is -1"],
    [{ runs: NaN }, "runs must be a whole number between 1 and 10000000, but is NaN"],
    [{ run: 1e12 }, "run must be between 0 and 9999999, but is 1000000000000"],
    [{ run: 0.5 }, "run must be a whole number between 0 and 9999999, but is 0.5"],
    [{ run: NaN }, "run must be a whole number between 0 and 9999999, but is NaN"],
    [{ seed: NaN }, "seed must be a text or a whole number, but is NaN"],
    [{ lives: 0 }, "lives must be between 1 and 10000, but is 0"],
    [{ lives: -5 }, "lives must be between 1 and 10000, but is -5"],
    [{ lives: NaN }, "lives must be a whole number between 1 and 10000, but is NaN"],
    [{ lives: Infinity }, "lives must be a whole number between 1 and 10000, but is Infinity"],
    [{ marks: [NaN] }, "marks must be between 0 and 1000000000000, but is NaN"],
    [{ marks: [5, -5] }, "marks must be between 0 and 1000000000000, but is -5"]
  ])("%o", (options, message) => {
    assert.throws(() => checkPolicy(policy, [], options), RangeError, message)
  })

  it.each<readonly [CircuitCheckOptions, string]>([
    [{ steps: 0 }, "steps must be between 1 and 10000, but is 0"],
    [{ steps: NaN }, "steps must be a whole number between 1 and 10000, but is NaN"],
    [{ steps: Infinity }, "steps must be a whole number between 1 and 10000, but is Infinity"],
    [{ runs: 0 }, "runs must be between 1 and 10000000, but is 0"]
  ])("of a circuit, %o", (options, message) => {
    assert.throws(() => checkCircuit(Circuit.of(circuitSettings), [], options), RangeError, message)
  })

  it("when somebody makes the histories alone", () => {
    assert.throws(() => outages(new Chance(1), { lives: 0 }), RangeError, "lives must be between 1 and 10000")
    assert.throws(() => calls(new Chance(1), { steps: 0 }), RangeError, "steps must be between 1 and 10000")
  })

  it("when a law has a bound that is no number, and that law is named", () => {
    const law = restartLaws.streak({ stableMillis: NaN })
    const message = `marks of the law "${law.name}" must be between 0 and 1000000000000, but is NaN`
    assert.throws(() => checkPolicy(policy, [law]), RangeError, message)
  })
})

describe("histories of a check", () => {
  it("are long enough for an intensity above their usual length", () => {
    const bounds = { intensity: 50, windowMillis: 86_400_000 }
    const never: RestartPolicy.Policy<number> = {
      name: "never gives up",
      initial: 1,
      onReady: (attempt) => attempt,
      onRestarted: (attempt) => attempt,
      onDown: (attempt) => ({ state: attempt + 1, decision: { _tag: "Restart", attempt, delayMillis: 1_000 } })
    }
    assert.strictEqual(checkPolicy(never, [restartLaws.intensity(bounds)])._tag, "Failed")
    assert.strictEqual(checkPolicy(never, [restartLaws.intensity(bounds)], { lives: 40 })._tag, "Passed")
  })
})
