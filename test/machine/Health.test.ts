import { assert, describe, it } from "@effect/vitest"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import * as Health from "../../src/machine/Health.ts"

const settings = backendDefaults.health

describe("Health", () => {
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
    assert.strictEqual(Health.nextProbeDelay(settings, 0.999_999), 35_999)
  })
})
