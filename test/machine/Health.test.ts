import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import * as Health from "../../src/machine/Health.ts"
import { holds, random } from "../fixtures/property.ts"

const settings = backendDefaults.health

/** What the results say without a machine: the last run of equal results decides, once it is long enough. */
const expected = (results: ReadonlyArray<Health.ProbeResult>, misses: number, hits: number) => {
  let status: Health.HealthState["status"] = "unproven"
  results.forEach((result, index) => {
    const run = (length: number) =>
      index + 1 >= length && results.slice(index + 1 - length, index + 1).every((r) => r === result)
    if (result === "miss" && run(misses)) status = "down"
    if (result === "hit" && (status === "unproven" || run(hits))) status = "up"
  })
  return status
}

describe("Health", () => {
  it("is down after that many misses on end and up again after that many hits on end, whatever came before", () => {
    const bounds = fc.record({ misses: fc.integer({ min: 1, max: 4 }), hits: fc.integer({ min: 1, max: 4 }) })
    const results = fc.array(fc.constantFrom<Health.ProbeResult>("hit", "miss"), { maxLength: 40 })
    holds(fc.tuple(bounds, results), ([bound, sequence]) => {
      const use = { ...settings, ...bound }
      let state = Health.initial
      sequence.forEach((result, index) => {
        const next = Health.step(state, result, use, index)
        const status = expected(sequence.slice(0, index + 1), bound.misses, bound.hits)
        assert.strictEqual(next.status, status)
        assert.strictEqual(Health.transition(state, next), status === state.status ? undefined : status)
        if (result === "hit") assert.strictEqual(next.lastProvenAt, index)
        else assert.strictEqual(next.lastProvenAt, state.lastProvenAt)
        state = next
      })
    })
  })

  it("changes nothing when nothing changes", () => {
    const up = Health.step(Health.initial, "hit", settings, 5)
    assert.strictEqual(Health.step(up, "hit", settings, 5), up)
    const down = [1, 2, 3].reduce((state) => Health.step(state, "miss", settings, 9), up)
    assert.deepStrictEqual(down, { status: "down", against: 0, lastProvenAt: 5 })
    assert.strictEqual(Health.step(down, "miss", settings, 10), down)
  })

  it("skips a probe only while it is up and answered less than an interval ago", () => {
    const up = Health.step(Health.initial, "hit", settings, 1_000)
    assert.isTrue(Health.probeNeeded(Health.initial, settings, 0))
    assert.isFalse(Health.probeNeeded(up, settings, 1_000 + settings.intervalMillis - 1))
    assert.isTrue(Health.probeNeeded(up, settings, 1_000 + settings.intervalMillis))
    const down = [1, 2, 3].reduce((state) => Health.step(state, "miss", settings, 1_001), up)
    assert.isTrue(Health.probeNeeded(down, settings, 1_001))
  })

  it("spreads probes over +-20 % of the interval", () => {
    assert.strictEqual(Health.nextProbeDelay(settings, 0), 24_000)
    assert.strictEqual(Health.nextProbeDelay(settings, 0.5), 30_000)
    holds(random, (chance) => {
      assert.isAtLeast(Health.nextProbeDelay(settings, chance), 24_000)
      assert.isAtMost(Health.nextProbeDelay(settings, chance), 36_000)
    })
  })
})
