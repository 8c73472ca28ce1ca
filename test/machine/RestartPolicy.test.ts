import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { RestartSettings } from "../../src/domain/BackendSpec.ts"
import * as RestartPolicy from "../../src/machine/RestartPolicy.ts"
import { holds, random } from "../fixtures/property.ts"

const defaults: RestartSettings = backendDefaults.restart

const settings = fc
  .record({
    baseMillis: fc.integer({ min: 1, max: 5_000 }),
    factor: fc.constantFrom(1, 1.5, 2, 10),
    spread: fc.integer({ min: 0, max: 60_000 }),
    jitter: fc.constantFrom(0, 0.2, 0.9),
    intensity: fc.integer({ min: 0, max: 6 }),
    windowMillis: fc.integer({ min: 1, max: 200_000 }),
    stableMillis: fc.integer({ min: 0, max: 20_000 })
  })
  .map(({ spread, ...rest }): RestartSettings =>
    Object.assign(rest, {
      onExit: true,
      capMillis: rest.baseMillis + spread,
      slowRetryMillis: defaults.slowRetryMillis
    })
  )

/** Goes down at once each time it is up, `times` over; returns what was decided. */
const crashLoop = (use: RestartSettings, times: number, chance: number) => {
  let state = RestartPolicy.initial
  let now = 0
  return Array.from({ length: times }, () => {
    const down = RestartPolicy.onDown(state, use, now, chance)
    state = RestartPolicy.onReady(down.state, now)
    if (down.decision._tag === "Restart") now += down.decision.delayMillis
    return down.decision
  })
}

describe("RestartPolicy", () => {
  it("INV-14 the nth delay is within +-20 % of min(cap, base * 2^n)", () => {
    const patient = { ...defaults, intensity: 1_000 }
    holds(
      fc.tuple(fc.integer({ min: 1, max: 1_000 }), random),
      ([times, chance]) => {
        crashLoop(patient, times, chance).forEach((decision, n) => {
          assert(decision._tag === "Restart")
          assert.strictEqual(decision.attempt, n + 1)
          const middle = Math.min(patient.capMillis, patient.baseMillis * 2 ** n)
          assert.isAtLeast(decision.delayMillis, middle * 0.8)
          assert.isAtMost(decision.delayMillis, middle * 1.2)
        })
      },
      50
    )
  })

  it("INV-14 jitter reaches both ends of its spread", () => {
    const [low] = crashLoop(defaults, 1, 0)
    const [high] = crashLoop(defaults, 1, 0.999_999)
    assert.deepStrictEqual(low, { _tag: "Restart", delayMillis: 400, attempt: 1 })
    assert.deepStrictEqual(high, { _tag: "Restart", delayMillis: 599, attempt: 1 })
  })

  it("INV-13 restarts in any window never exceed the intensity, late timers included", () => {
    const life = fc.record({
      upFor: fc.integer({ min: 0, max: 60_000 }),
      late: fc.constantFrom(0, 0, 7, 30_000),
      random
    })
    holds(fc.tuple(settings, fc.array(life, { minLength: 1, maxLength: 40 })), ([use, lives]) => {
      const restarts: Array<number> = []
      let state = RestartPolicy.initial
      let now = 0
      for (const { late, random, upFor } of lives) {
        state = RestartPolicy.onReady(state, now)
        now += upFor
        const down = RestartPolicy.onDown(state, use, now, random)
        state = down.state
        assert.isAtMost(state.restarts.length, use.intensity)
        if (down.decision._tag === "Quarantine") {
          now += 1_000
          continue
        }
        now += down.decision.delayMillis + late
        // A punctual restart happens when it was planned to, so nothing need be said of it.
        if (late > 0) state = RestartPolicy.onRestarted(state, now)
        restarts.push(now)
      }
      restarts.forEach((at, index) => {
        const oneTooMany = restarts[index + use.intensity]
        if (oneTooMany !== undefined) assert.isAtLeast(oneTooMany - at, use.windowMillis)
      })
    })
  })

  it("INV-13 the sixth restart within 300 s quarantines, and says why", () => {
    const decisions = crashLoop(defaults, 6, 0.5)
    assert.deepStrictEqual(
      decisions.map((decision) => (decision._tag === "Restart" ? decision.delayMillis : decision.reason)),
      [500, 1_000, 2_000, 4_000, 8_000, "5 restarts within 300 s, the most allowed"]
    )
  })

  it("INV-13 counts a restart when it happens: a long delay before a short one squeezes none too many into a window", () => {
    const use = { ...defaults, baseMillis: 100, factor: 10, capMillis: 60_000, jitter: 0, intensity: 1 }
    const tight = { ...use, windowMillis: 100_000, stableMillis: 20_000 }
    const fourth = [0, 200_000, 400_000, 600_000].reduce(
      (state, now) => RestartPolicy.onDown(state, tight, now, 0).state,
      RestartPolicy.initial
    )
    assert.deepStrictEqual(fourth.restarts, [660_000])
    const next = RestartPolicy.onDown(RestartPolicy.onReady(fourth, 660_000), tight, 700_500, 0)
    assert.strictEqual(next.decision._tag, "Quarantine")
  })

  it("a backend whose crashes are far enough apart is restarted for ever", () => {
    let state = RestartPolicy.initial
    for (let crash = 0; crash < 1_000; crash++) {
      const now = crash * 61_000
      const down = RestartPolicy.onDown(RestartPolicy.onReady(state, now - 60_000), defaults, now, 0.5)
      assert.strictEqual(down.decision._tag, "Restart")
      state = down.state
    }
  })

  it("INV-19 the streak starts again only after stableMillis of continuous ready time", () => {
    const stretch = fc.record({
      ready: fc.integer({ min: 0, max: 240_000 }),
      gap: fc.integer({ min: 0, max: 400_000 })
    })
    const patient = { ...defaults, intensity: 1_000 }
    holds(fc.array(stretch, { minLength: 1, maxLength: 30 }), (stretches) => {
      let state = RestartPolicy.initial
      let now = 0
      let expected = 0
      for (const { gap, ready } of stretches) {
        state = RestartPolicy.onReady(state, now)
        now += ready
        expected = ready >= patient.stableMillis ? 1 : expected + 1
        const down = RestartPolicy.onDown(state, patient, now, 0.5)
        assert(down.decision._tag === "Restart")
        assert.strictEqual(down.decision.attempt, expected)
        state = down.state
        now += gap
      }
    })
  })

  it("INV-19 two ready times that are long enough only together do not end the streak", () => {
    const half = defaults.stableMillis / 2 + 1
    const first = RestartPolicy.onDown(RestartPolicy.onReady(RestartPolicy.initial, 0), defaults, half, 0.5)
    const second = RestartPolicy.onDown(RestartPolicy.onReady(first.state, half), defaults, 2 * half, 0.5)
    assert.strictEqual(second.state.streak, 2)
    const unstarted = RestartPolicy.onDown(second.state, defaults, 10 * half, 0.5)
    assert.strictEqual(unstarted.state.streak, 3)
  })

  it("a reset forgets restarts and streak", () => {
    const { state } = RestartPolicy.onDown(RestartPolicy.initial, defaults, 0, 0.5)
    assert.notDeepEqual(state, RestartPolicy.reset())
    assert.deepStrictEqual(RestartPolicy.reset(), { restarts: [], streak: 0, readySince: undefined })
  })
})
