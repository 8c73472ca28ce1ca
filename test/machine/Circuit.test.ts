import { assert, describe, it } from "@effect/vitest"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { CircuitSettings } from "../../src/domain/BackendSpec.ts"
import * as Circuit from "../../src/machine/Circuit.ts"

const defaults: CircuitSettings = backendDefaults.circuit

/** Calls in a row, each admitted and ended at once. */
const calls = (state: Circuit.CircuitState, results: ReadonlyArray<Circuit.CallResult>, now: number) =>
  results.reduce((current, result) => {
    const admission = Circuit.admit(current, now)
    assert(admission._tag === "Admitted")
    return Circuit.record(admission.state, admission.permit, result, defaults, now, 0.5)
  }, state)

const opened = calls(Circuit.initial, Array<Circuit.CallResult>(5).fill("failure"), 0)

describe("Circuit", () => {
  it("INV-21 open admits nothing before its time, and says how long that is", () => {
    assert.deepStrictEqual(Circuit.admit(opened, 29_999.5), {
      _tag: "Refused",
      state: opened,
      cause: "open",
      retryAfterMs: 1
    })
    assert.strictEqual(Circuit.admit(opened, 30_000)._tag, "Admitted")
  })

  it("INV-22 half-open admits one at a time", () => {
    const first = Circuit.admit(opened, 60_000)
    const second = Circuit.admit(first.state, 60_000)
    assert.strictEqual(first._tag, "Admitted")
    assert.deepStrictEqual(second, {
      _tag: "Refused",
      state: first.state,
      cause: "probing",
      retryAfterMs: Circuit.probeRetryMillis
    })
  })

  it("INV-25 the half-open permit counts once, however often it is given back", () => {
    const probe = Circuit.admit(opened, 60_000)
    assert(probe._tag === "Admitted")
    const released = Circuit.release(probe.state, probe.permit)
    assert.strictEqual(Circuit.record(released, probe.permit, "success", defaults, 60_000, 0), released)
    const next = Circuit.admit(released, 60_000)
    assert.strictEqual(next._tag, "Admitted")
    assert.strictEqual(Circuit.record(next.state, probe.permit, "success", defaults, 60_000, 0), next.state)
    assert.strictEqual(Circuit.release(next.state, probe.permit), next.state)
  })

  it("opens on the fifth failure in a row, and a success in between starts the count again", () => {
    const four = calls(Circuit.initial, ["failure", "failure", "failure", "failure"], 0)
    assert.strictEqual(four._tag, "Closed")
    assert.strictEqual(calls(four, ["failure"], 0)._tag, "Open")
    assert.strictEqual(calls(four, ["success", "failure", "failure", "failure"], 0)._tag, "Closed")
  })

  it("opens when half of ten calls within 30 s failed, though never five in a row", () => {
    const mixed = (pairs: number, now: number, state = Circuit.initial) =>
      calls(
        state,
        Array.from({ length: pairs }, (): ReadonlyArray<Circuit.CallResult> => ["success", "failure"]).flat(),
        now
      )
    assert.strictEqual(mixed(4, 0)._tag, "Closed")
    assert.strictEqual(mixed(5, 0)._tag, "Open")
    assert.strictEqual(mixed(1, 29_999, mixed(4, 3_000))._tag, "Open")
    assert.strictEqual(mixed(1, 33_000, mixed(4, 0))._tag, "Closed")
  })

  it("closes after two good probes, and opens for longer after a bad one", () => {
    const closed = calls(opened, ["success", "success"], 30_000)
    assert.deepStrictEqual(closed._tag, "Closed")
    const again = calls(opened, ["success", "failure"], 30_000)
    assert(again._tag === "Open")
    assert.strictEqual(again.until, 30_000 + 60_000)
  })

  it("isolated, it refuses until it is restored by hand", () => {
    const isolated = Circuit.isolate(Circuit.initial)
    assert.strictEqual(Circuit.isolate(isolated), isolated)
    const refusal = Circuit.admit(isolated, 1e12)
    assert.deepStrictEqual(refusal, { _tag: "Refused", state: isolated, cause: "isolated", retryAfterMs: undefined })
    assert.strictEqual(Circuit.admit(Circuit.restore(isolated), 0)._tag, "Admitted")
    assert.strictEqual(Circuit.restore(opened), opened)
  })
})
