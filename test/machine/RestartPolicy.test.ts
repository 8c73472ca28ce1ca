import { assert, describe, it } from "@effect/vitest"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { RestartSettings } from "../../src/domain/BackendSpec.ts"
import * as RestartPolicy from "../../src/machine/RestartPolicy.ts"

const defaults: RestartSettings = backendDefaults.restart

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
  it("INV-14 the delay stays at the cap however often it goes down", () => {
    const patient = { ...defaults, intensity: 1_000 }
    const delays = crashLoop(patient, 1_000, 0.5).map((decision) => {
      assert(decision._tag === "Restart")
      return decision.delayMillis
    })
    assert.deepStrictEqual(delays.slice(0, 8), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    assert.deepStrictEqual(new Set(delays.slice(6)), new Set([30_000]))
  })

  it("INV-14 jitter reaches both ends of its spread", () => {
    const [low] = crashLoop(defaults, 1, 0)
    const [high] = crashLoop(defaults, 1, 0.999_999)
    assert.deepStrictEqual(low, { _tag: "Restart", delayMillis: 400, attempt: 1 })
    assert.deepStrictEqual(high, { _tag: "Restart", delayMillis: 599, attempt: 1 })
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

  it("INV-13 a restart that came early is no restart that was called off", () => {
    const first = RestartPolicy.onDown(RestartPolicy.initial, { ...defaults, intensity: 1 }, 0, 0.5)
    const early = RestartPolicy.onRestarted(first.state, 499.5)
    assert.deepStrictEqual(early.restarts, [499.5])
    const next = RestartPolicy.onDown(early, { ...defaults, intensity: 1 }, 499.6, 0.5)
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
