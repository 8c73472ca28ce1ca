import { assert, describe, it } from "@effect/vitest"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { CircuitSettings, HealthSettings, RestartSettings } from "../../src/domain/BackendSpec.ts"
import { longestMillis } from "../../src/machine/Bounds.ts"
import * as Circuit from "../../src/machine/Circuit.ts"
import * as Health from "../../src/machine/Health.ts"
import * as RestartPolicy from "../../src/machine/RestartPolicy.ts"

const restart: RestartSettings = backendDefaults.restart
const health: HealthSettings = backendDefaults.health
const circuit: CircuitSettings = backendDefaults.circuit

const times = [Number.NaN, Number.POSITIVE_INFINITY, -1, longestMillis + 1]
const counts = [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5]
const fractions = [Number.NaN, -0.1, 1.1]

const brokenRestart: ReadonlyArray<readonly [keyof RestartSettings, ReadonlyArray<number>]> = [
  ["baseMillis", [...times, 0]],
  ["factor", [Number.NaN, 0, 0.99, RestartPolicy.maxFactor + 1]],
  ["capMillis", [...times, restart.baseMillis - 1]],
  ["jitter", [...fractions, 1]],
  ["intensity", [...counts, RestartPolicy.maxIntensity + 1]],
  ["windowMillis", [...times, 0]],
  ["stableMillis", times],
  ["slowRetryMillis", [...times, 0]]
]

const brokenHealth: ReadonlyArray<readonly [keyof HealthSettings, ReadonlyArray<number>]> = [
  ["intervalMillis", [...times, 0]],
  ["jitter", [...fractions, 1]],
  ["timeoutMillis", [...times, 0]],
  ["misses", [...counts, 0, Health.maxProbes + 1]],
  ["hits", [...counts, 0, Health.maxProbes + 1]]
]

const brokenCircuit: ReadonlyArray<readonly [keyof CircuitSettings, ReadonlyArray<number>]> = [
  ["threshold", [...counts, 0, Circuit.maxCount + 1]],
  ["failureRate", [...fractions, 0]],
  ["minimumCalls", [...counts, 0, Circuit.maxCount + 1]],
  ["windowMillis", [...times, 9]],
  ["openMillis", [...times, 0]],
  ["openFactor", [Number.NaN, 0.99, Circuit.maxOpenFactor + 1]],
  ["openCapMillis", [...times, circuit.openMillis - 1]],
  ["jitter", [...fractions, 1]],
  ["successes", [...counts, 0, Circuit.maxCount + 1]]
]

const refuses = <S>(
  cases: ReadonlyArray<readonly [keyof S, ReadonlyArray<number>]>,
  valid: S,
  validate: (settings: S) => string | undefined
) => {
  assert.isUndefined(validate(valid))
  for (const [name, values] of cases) {
    for (const value of values) {
      const words = validate({ ...valid, [name]: value })
      assert.match(words ?? "none", new RegExp(`^${String(name)} must .*${value}`), `${String(name)} = ${value}`)
    }
  }
}

describe("settings of the machines", () => {
  it("the defaults are valid, and each bound that restart settings break is named with what was found", () => {
    refuses(brokenRestart, restart, RestartPolicy.validate)
  })

  it("the defaults are valid, and each bound that health settings break is named with what was found", () => {
    refuses(brokenHealth, health, Health.validate)
  })

  it("the defaults are valid, and each bound that circuit settings break is named with what was found", () => {
    refuses(brokenCircuit, circuit, Circuit.validate)
  })

  it("the words say what is allowed", () => {
    assert.strictEqual(
      RestartPolicy.validate({ ...restart, intensity: 2.5 }),
      "intensity must be a whole number between 0 and 1000, but is 2.5"
    )
    assert.strictEqual(
      RestartPolicy.validate({ ...restart, capMillis: 100 }),
      "capMillis must not be below baseMillis, but 100 is below 500"
    )
  })

  it("the longest time, doubled by jitter, still fits a Node timer", () => {
    assert.isBelow(longestMillis * 2, 2 ** 31)
  })
})
