import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { CircuitSettings } from "../../src/domain/BackendSpec.ts"
import * as Circuit from "../../src/machine/Circuit.ts"
import { bucketCount, exactFailures } from "../../src/machine/FailureWindow.ts"
import { circuitOps, circuitSettings, defaults, play } from "./circuitOps.ts"
import { holds } from "../fixtures/property.ts"

/** The plainest circuit there is: remembers every call since it was closed, and counts anew each time. */
class Model {
  tag: Circuit.CircuitState["_tag"] = "Closed"
  seen: Array<{ readonly at: number; readonly failed: boolean }> = []
  good = 0
  /** Which stay in which state a permit belongs to. */
  stay = 0

  readonly settings: CircuitSettings

  constructor(settings: CircuitSettings) {
    this.settings = settings
  }

  enter(tag: Circuit.CircuitState["_tag"]) {
    this.tag = tag
    this.stay++
    this.seen = []
    if (tag !== "HalfOpen") this.good = 0
  }

  result(result: Circuit.CallResult, now: number) {
    if (result === "ignored") return this.tag === "HalfOpen" ? void this.stay++ : undefined
    if (this.tag === "HalfOpen") {
      this.stay++
      if (result === "failure") return this.enter("Open")
      this.good++
      return this.good >= this.settings.successes ? this.enter("Closed") : undefined
    }
    this.seen.push({ at: now, failed: result === "failure" })
    if (result === "failure" && (this.tooManyInARow() || this.tooManyOfAll(now))) this.enter("Open")
  }

  tooManyInARow() {
    const last = this.seen.slice(-this.settings.threshold)
    return last.length === this.settings.threshold && last.every(({ failed }) => failed)
  }

  tooManyOfAll(now: number) {
    const bucket = (at: number) => Math.floor(at / (this.settings.windowMillis / bucketCount))
    const within = this.seen.filter(({ at }) => bucket(at) > bucket(now) - bucketCount)
    const failures = within.filter(({ failed }) => failed).length
    return within.length >= this.settings.minimumCalls && failures >= this.settings.failureRate * within.length
  }
}

interface Burst {
  readonly successes: number
  readonly failures: number
  readonly wait: number
}

const burst: fc.Arbitrary<Burst> = fc.record({
  successes: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 100, max: 2_000 })),
  failures: fc.integer({ min: 0, max: 3 }),
  wait: fc.integer({ min: 0, max: 700 })
})

describe("Circuit against a model that remembers every call", () => {
  it("INV-20 INV-23 is in the state the model is in, after any sequence", () => {
    const run = ([settings, ops]: readonly [CircuitSettings, Parameters<typeof play>[1]]) => {
      const model = new Model(settings)
      const stays = new Map<Circuit.Permit, number>()
      let probing = false
      for (const { admission, after, before, now, op, permit } of play(settings, ops)) {
        if (op.op === "isolate" && model.tag !== "Isolated") model.enter("Isolated")
        if (op.op === "restore" && model.tag === "Isolated") model.enter("Closed")
        if (op.op === "admit") {
          if (model.tag === "Open" && before._tag === "Open" && now >= before.until) {
            model.enter("HalfOpen")
            probing = false
          }
          const admitted = model.tag === "Closed" || (model.tag === "HalfOpen" && !probing)
          assert.strictEqual(admission?._tag, admitted ? "Admitted" : "Refused")
          probing = probing || model.tag === "HalfOpen"
          if (admission?._tag === "Admitted") stays.set(admission.permit, model.stay)
        }
        if (permit !== undefined && stays.get(permit) === model.stay && (op.op === "record" || op.op === "release")) {
          if (model.tag === "HalfOpen") probing = false
          model.result(op.op === "record" ? op.result : "ignored", now)
        }
        assert.strictEqual(after._tag, model.tag)
      }
    }
    holds(fc.tuple(circuitSettings, circuitOps), run, 1_000)
  })

  it("INV-32 the failure rate is exact, however many successes were not counted, until 64 failures are in the window", () => {
    const run = ([failureRate, bursts]: readonly [number, ReadonlyArray<Burst>]) => {
      const use = { ...defaults, threshold: 1_000, minimumCalls: 10, windowMillis: 1_000, failureRate }
      const model = new Model(use)
      let state = Circuit.initial
      let now = 0
      for (const { failures, successes, wait } of bursts) {
        for (let call = 0; call < successes + failures; call++) {
          const result = call < successes ? "success" : "failure"
          state = Circuit.record(state, { epoch: state.epoch }, result, use, now, 0.5)
          model.seen.push({ at: now, failed: result === "failure" })
          if (result === "success") continue
          assert.strictEqual(state._tag === "Open", model.tooManyOfAll(now))
          if (state._tag === "Open") return
        }
        now += wait
      }
    }
    assert.isAbove(exactFailures, 20 * 3)
    holds(fc.tuple(fc.constantFrom(0.01, 0.1, 0.5), fc.array(burst, { maxLength: 20 })), run, 100)
  })
})

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
