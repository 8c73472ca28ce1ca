import { assert, describe, it } from "@effect/vitest"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import * as Circuit from "../../src/machine/Circuit.ts"
import * as RestartPolicy from "../../src/machine/RestartPolicy.ts"

const settings = { ...backendDefaults.restart, intensity: 1, jitter: 0 }

describe("RestartPolicy.of", () => {
  const policy = RestartPolicy.of(settings)

  /** Down at the beginning, and again as soon as it was restarted. */
  const quarantined = () => {
    const first = policy.onDown(policy.initial, 0, 0.5)
    return policy.onDown(policy.onRestarted(first.state, 500), 500, 0.5)
  }

  it("decides as the functions do that take settings", () => {
    const expected = RestartPolicy.onDown(RestartPolicy.initial, settings, 5, 0.5)
    const { decision, state } = policy.onDown(policy.initial, 5, 0.5)
    assert.deepStrictEqual(decision, expected.decision)
    assert.deepStrictEqual(state.restart, expected.state)
    assert.deepStrictEqual(policy.onRestarted(state, 9_000).restart, RestartPolicy.onRestarted(expected.state, 9_000))
    assert.deepStrictEqual(policy.onReady(state, 9_000).restart, RestartPolicy.onReady(expected.state, 9_000))
  })

  it("says with a quarantine how long it is", () => {
    assert.deepStrictEqual(quarantined().decision, {
      _tag: "Quarantine",
      reason: "1 restarts within 300 s, the most allowed",
      retryMillis: settings.slowRetryMillis
    })
  })

  it("quarantines at once what fails again after its quarantine, until it was up for stableMillis", () => {
    const { state } = quarantined()
    const far = 10 * settings.windowMillis
    const tooShort = policy.onDown(policy.onReady(state, far), far + settings.stableMillis - 1, 0.5)
    assert(tooShort.decision._tag === "Quarantine")
    assert.strictEqual(tooShort.decision.reason, "it failed again when it was retried")
    const neverUp = policy.onDown(tooShort.state, 2 * far, 0.5)
    assert.strictEqual(neverUp.decision._tag, "Quarantine")
    const longEnough = policy.onDown(policy.onReady(neverUp.state, 3 * far), 3 * far + settings.stableMillis, 0.5)
    assert.deepStrictEqual(longEnough.decision, { _tag: "Restart", attempt: 1, delayMillis: 500 })
  })

  it("cannot be made of settings out of their bounds", () => {
    assert.throws(() => RestartPolicy.of({ ...settings, jitter: 1 }), RangeError, "jitter must be between 0 and 0.9")
  })
})

describe("Circuit.of", () => {
  it("cannot be made of settings out of their bounds", () => {
    const broken = { ...backendDefaults.circuit, threshold: 0 }
    assert.throws(() => Circuit.of(broken), RangeError, "threshold must be between 1")
  })
})
