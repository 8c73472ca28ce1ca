import type { Breaker } from "../../machine/Circuit.ts"
import { assertPassed, assertTrial, check, type Checked, type CheckOptions, type Subject } from "./Check.ts"
import { calls, callsData, simplerCalls, stepsAtMost, type CallOptions, type CircuitHistory } from "./CircuitHistory.ts"
import { circuitLaws, type CircuitLaw } from "./CircuitLaws.ts"
import { circuitLines, playCircuit, type CircuitRun } from "./CircuitRun.ts"
import { brinksOfCircuit } from "./Brinks.ts"
import { openings } from "./Edges.ts"
import { demandLength, demandMarks, demandsOf, lengthOf } from "./Limits.ts"

export interface CircuitCheckOptions extends CheckOptions, CallOptions {}

/**
 * Plays generated histories to a circuit and checks the laws on each, and always that nothing is thrown and that they
 * can be repeated. The first broken law ends it, with the shortest history found that breaks it. Nothing is waited for.
 * Throws a RangeError that names an option out of its bounds.
 */
export const checkCircuit = <S, P>(
  breaker: Breaker<S, P>,
  laws: ReadonlyArray<CircuitLaw>,
  options: CircuitCheckOptions = {}
): Checked<CircuitHistory> => {
  const all = [...always, ...laws]
  return check(subjectOf(breaker, all, options), all, options)
}

/** As `checkCircuit`; throws an Error that tells the failure, with what the circuit threw as its cause. */
export const assertCircuit = <S, P>(
  breaker: Breaker<S, P>,
  laws: ReadonlyArray<CircuitLaw>,
  options: CircuitCheckOptions = {}
): void => assertPassed(checkCircuit(breaker, laws, options))

export interface CircuitHistoryOptions {
  /** What the circuit's clock says when the history begins, milliseconds; default 0. */
  readonly originMillis?: number
}

/** Plays this one history and checks the laws on it, as `assertCircuit` does: keeps a failure that was once found. */
export const assertCircuitHistory = <S, P>(
  breaker: Breaker<S, P>,
  laws: ReadonlyArray<CircuitLaw>,
  history: CircuitHistory,
  { originMillis = 0 }: CircuitHistoryOptions = {}
): void => {
  const all = [...always, ...laws]
  assertTrial(subjectOf(breaker, all, {}), all, { history, originMillis })
}

const always = [circuitLaws.sound, circuitLaws.repeatable]

const subjectOf = <S, P>(
  breaker: Breaker<S, P>,
  laws: ReadonlyArray<CircuitLaw>,
  options: CircuitCheckOptions
): Subject<CircuitHistory, CircuitRun> => {
  const demands = demandsOf(laws, stepsAtMost)
  const { steps = demands.length } = options
  const soak = options.steps === undefined ? demands.soak : 0
  const marks = [...(options.marks ?? []), ...demands.marks]
  demandLength("steps", steps)
  demandMarks(marks)
  return {
    title: `circuit "${breaker.name}"`,
    generate: (chance) => calls(chance, { steps: lengthOf(chance, steps, soak), marks }),
    nearby: function* ({ history, originMillis }, run, chance) {
      yield* openings(history, run, marks, chance)
      yield* brinksOfCircuit(history, run, marks, chance, (other) =>
        lastAnswer(playCircuit(breaker, other, originMillis))
      )
    },
    simpler: simplerCalls,
    play: ({ history, originMillis }) => playCircuit(breaker, history, originMillis),
    cause: ({ broken }) => broken?.cause,
    lines: circuitLines,
    replay: (replayed, { history, originMillis }) => [
      `Replay, with the same laws: checkCircuit(circuit, laws, { ${[replayed, ...asOptions(options)].join(", ")} })`,
      "Or this history alone: assertCircuitHistory(circuit, laws, [",
      callsData(history)
        .map((step) => `  ${step}`)
        .join(",\n"),
      `]${originMillis === 0 ? "" : `, { originMillis: ${originMillis} }`})`
    ]
  }
}

const lastAnswer = ({ broken, moves }: CircuitRun): string => {
  const move = moves.at(-1)
  return broken !== undefined || move === undefined ? "none" : `${move.after}, ${move.isAdmitted}`
}

/** Without these the same seed makes other histories. */
const asOptions = ({ marks, steps }: CircuitCheckOptions): ReadonlyArray<string> => [
  ...(steps === undefined ? [] : [`steps: ${steps}`]),
  ...(marks === undefined ? [] : [`marks: ${JSON.stringify(marks)}`])
]
