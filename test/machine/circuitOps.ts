import * as fc from "fast-check"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { CircuitSettings } from "../../src/domain/BackendSpec.ts"
import * as Circuit from "../../src/machine/Circuit.ts"
import { random } from "../fixtures/property.ts"

/** What can happen to a circuit. `pick` chooses among the permits given so far, the oldest included. */
export type CircuitOp =
  | { readonly op: "admit" }
  | { readonly op: "record"; readonly pick: number; readonly result: Circuit.CallResult; readonly random: number }
  | { readonly op: "release"; readonly pick: number }
  | { readonly op: "isolate" }
  | { readonly op: "restore" }
  | { readonly op: "wait"; readonly millis: number }

export const defaults: CircuitSettings = backendDefaults.circuit

/** Small numbers, so that short sequences reach every state. */
export const circuitSettings = fc.record({
  threshold: fc.integer({ min: 1, max: 4 }),
  failureRate: fc.constantFrom(0.3, 0.5, 1),
  minimumCalls: fc.integer({ min: 1, max: 8 }),
  windowMillis: fc.constantFrom(10, 1_000, 30_000),
  openMillis: fc.integer({ min: 1, max: 1_000 }),
  openFactor: fc.constantFrom(1, 2),
  openCapMillis: fc.integer({ min: 1_000, max: 3_000 }),
  jitter: fc.constantFrom(0, 0.2, 0.9),
  successes: fc.integer({ min: 1, max: 3 })
})

const pick = fc.nat({ max: 50 })
const result = fc.constantFrom<Circuit.CallResult>("success", "failure", "failure", "ignored")

export const circuitOps: fc.Arbitrary<ReadonlyArray<CircuitOp>> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ op: fc.constant("admit" as const) }) },
    { weight: 8, arbitrary: fc.record({ op: fc.constant("record" as const), pick, result, random }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("release" as const), pick }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("isolate" as const) }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constant("restore" as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({ op: fc.constant("wait" as const), millis: fc.integer({ min: 0, max: 2_000 }) })
    }
  ),
  { maxLength: 80, size: "max" }
)

/** One op carried out: what was before and after it, and what it answered. */
export interface CircuitMove {
  readonly op: CircuitOp
  readonly now: number
  readonly before: Circuit.CircuitState
  readonly after: Circuit.CircuitState
  readonly admission: Circuit.Admission | undefined
  /** The permit given back. */
  readonly permit: Circuit.Permit | undefined
}

/** Carries the ops out; a permit may be given back any number of times, as late as one likes. */
export const play = (settings: CircuitSettings, ops: ReadonlyArray<CircuitOp>): ReadonlyArray<CircuitMove> => {
  const permits: Array<Circuit.Permit> = []
  let state = Circuit.initial
  let now = 0
  return ops.map((op) => {
    const before = state
    let admission: Circuit.Admission | undefined
    // The newest are picked most often: 0 is the last one given.
    const permit = "pick" in op ? permits.at(-1 - (op.pick % Math.max(1, permits.length))) : undefined
    if (op.op === "wait") now += op.millis
    if (op.op === "isolate") state = Circuit.isolate(state)
    if (op.op === "restore") state = Circuit.restore(state)
    if (op.op === "release" && permit !== undefined) state = Circuit.release(state, permit)
    if (op.op === "record" && permit !== undefined) {
      state = Circuit.record(state, permit, op.result, settings, now, op.random)
    }
    if (op.op === "admit") {
      admission = Circuit.admit(state, now)
      state = admission.state
      if (admission._tag === "Admitted") permits.push(admission.permit)
    }
    return { op, now, before, after: state, admission, permit }
  })
}
