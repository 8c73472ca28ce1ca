import type { CallResult } from "../../machine/Circuit.ts"
import type { Chance } from "../Chance.ts"
import { withoutSome } from "../Shrink.ts"
import { demandLength, demandMarks } from "./Limits.ts"
import { anyMillis, anyRandom, plainer, smaller } from "./Millis.ts"

/** Something that happens to a circuit. `pick` chooses among the permits that are out: 0 is the newest, 1 the one before. */
export type CircuitStep =
  | { readonly _tag: "Wait"; readonly millis: number }
  /** A call asks whether it may go out. */
  | { readonly _tag: "Admit" }
  /** A permit is given back with what became of its call, be it long after. Nothing, if none is out. */
  | { readonly _tag: "Record"; readonly pick: number; readonly result: CallResult; readonly random: number }
  | { readonly _tag: "Release"; readonly pick: number }
  | { readonly _tag: "Isolate" }
  | { readonly _tag: "Restore" }

/** What happens to a circuit, as plain data. */
export type CircuitHistory = ReadonlyArray<CircuitStep>

export interface CallOptions {
  /** Steps of a history at most, 1 to 10,000; default `stepsAtMost`, in a check more if a law needs more. */
  readonly steps?: number
  /** Times that matter to the circuit, milliseconds. */
  readonly marks?: ReadonlyArray<number>
}

/** A history as it is written in a test. */
export const callsData = (history: CircuitHistory): ReadonlyArray<string> =>
  history.map((step) => {
    switch (step._tag) {
      case "Wait":
        return `{ _tag: "Wait", millis: ${step.millis} }`
      case "Record":
        return `{ _tag: "Record", pick: ${step.pick}, result: "${step.result}", random: ${step.random} }`
      case "Release":
        return `{ _tag: "Release", pick: ${step.pick} }`
      default:
        return `{ _tag: "${step._tag}" }`
    }
  })

/** Steps of a generated history at most, unless somebody says otherwise. */
export const stepsAtMost = 80

/**
 * A history of calls through a circuit. The same chance gives the same history. Throws a RangeError that names the
 * option which is out of its bounds: `steps` 1 to 10,000, each of `marks` 0 to 10^12 ms.
 */
export const calls = (chance: Chance, { marks = [], steps = stepsAtMost }: CallOptions = {}): CircuitHistory => {
  demandLength("steps", steps)
  demandMarks(marks)
  // How often each thing happens differs from history to history: some backends are down, some only shaky.
  const odds = {
    fails: shareOfFailures(chance),
    isIgnored: chance.of([0, 0.1, 0.5]),
    isOld: chance.of([0, 0.1, 0.5]),
    byHand: chance.of([0, 0, 1])
  }
  const recovers = chance.of([0, 0.1, 0.1])
  return Array.from({ length: chance.whole(1, steps) }, () => {
    if (chance.isTrue(recovers)) odds.fails = shareOfFailures(chance)
    return step(chance, odds, marks)
  })
}

/** A backend that is nearly well, shaky, or down. One that goes from one to another closes its circuit and opens it again. */
const shareOfFailures = (chance: Chance): number => chance.of([0.05, 0.5, 0.95])

/** Shares, from 0 to 1. */
interface Odds {
  readonly fails: number
  readonly isIgnored: number
  /** A permit that is given back is not the newest. */
  readonly isOld: number
  /** The weight of isolating and restoring. */
  readonly byHand: number
}

const step = (chance: Chance, odds: Odds, marks: ReadonlyArray<number>): CircuitStep => {
  const _tag = chance.weighed<CircuitStep["_tag"]>([
    [8, "Admit"],
    [8, "Record"],
    [1, "Release"],
    [3, "Wait"],
    [odds.byHand, "Isolate"],
    [odds.byHand * 2, "Restore"]
  ])
  switch (_tag) {
    case "Wait":
      return { _tag, millis: anyMillis(chance, marks) }
    case "Record":
      return { _tag, pick: pick(chance, odds), result: result(chance, odds), random: anyRandom(chance) }
    case "Release":
      return { _tag, pick: pick(chance, odds) }
    default:
      return { _tag }
  }
}

const pick = (chance: Chance, { isOld }: Odds): number => (chance.isTrue(isOld) ? chance.whole(1, 10) : 0)

const result = (chance: Chance, { fails, isIgnored }: Odds): CallResult => {
  if (chance.isTrue(isIgnored)) return "ignored"
  return chance.isTrue(fails) ? "failure" : "success"
}

/** Simpler histories, the boldest first: fewer steps, then shorter waits, newer permits and plainer chance. */
export function* simplerCalls(history: CircuitHistory): Generator<CircuitHistory> {
  yield* withoutSome(history)
  for (const [index, step] of history.entries()) {
    for (const simpler of simplerSteps(step)) yield history.with(index, simpler)
  }
  yield* withoutACall(history)
}

/** Without a call and what gave its permit back: neither can go alone, where another call would then be given back. */
function* withoutACall(history: CircuitHistory): Generator<CircuitHistory> {
  for (const [from, { _tag }] of history.entries()) {
    if (_tag !== "Admit") continue
    for (const [to, step] of history.entries()) {
      if (to <= from || (step._tag !== "Record" && step._tag !== "Release")) continue
      yield history.filter((_, index) => index !== from && index !== to)
    }
  }
}

function* simplerSteps(step: CircuitStep): Generator<CircuitStep> {
  if (step._tag === "Wait") for (const millis of smaller(step.millis)) yield { ...step, millis }
  if (step._tag === "Record" || step._tag === "Release") {
    for (const pick of smaller(step.pick)) yield { ...step, pick }
  }
  if (step._tag === "Record") for (const random of plainer(step.random)) yield { ...step, random }
}
