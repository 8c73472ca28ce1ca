import { assert, describe, it } from "@effect/vitest"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { CircuitSettings } from "../../src/domain/BackendSpec.ts"
import * as Circuit from "../../src/machine/Circuit.ts"
import { bucketCount, exactFailures } from "../../src/machine/FailureWindow.ts"

const defaults: CircuitSettings = backendDefaults.circuit

describe("Circuit on the hot path", () => {
  it("INV-32 a busy healthy backend costs a bounded number of new states, whatever the traffic", () => {
    const states = new Set<Circuit.CircuitState>()
    let state = Circuit.initial
    for (let call = 0; call < 30_000; call++) {
      const admission = Circuit.admit(state, call)
      assert(admission._tag === "Admitted")
      state = Circuit.record(admission.state, admission.permit, "success", defaults, call, 0.5)
      states.add(state)
    }
    const buckets = bucketCount
    assert.isAtMost(states.size, buckets * (exactFailures / defaults.failureRate + 1))
    assert(state._tag === "Closed")
    assert.isBelow(state.window.past.length, bucketCount)
    assert.strictEqual(Circuit.record(state, { epoch: state.epoch }, "success", defaults, 29_999, 0.5), state)
  })

  it("a busy backend stays closed while one call in a hundred fails, however many those are", () => {
    let state = Circuit.initial
    for (let call = 0; call < 60_000; call++) {
      const result = call % 100 === 50 ? "failure" : "success"
      state = Circuit.record(state, { epoch: state.epoch }, result, defaults, call / 10, 0.5)
      assert.strictEqual(state._tag, "Closed")
    }
  })

  it("the window never holds more than its buckets, failures in every one of them", () => {
    let state = Circuit.initial
    for (let call = 0; call < 10_000; call++) {
      const result = call % 100 === 0 ? "failure" : "success"
      state = Circuit.record(state, { epoch: 0 }, result, defaults, call * 61, 0.5)
      assert(state._tag === "Closed")
      assert.isBelow(state.window.past.length, bucketCount)
    }
  })
})
