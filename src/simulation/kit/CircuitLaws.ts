import type { CircuitSettings } from "../../domain/BackendSpec.ts"
import { brokenWords, notRepeatable } from "./Broken.ts"
import { rate, stepsFor } from "./CircuitRate.ts"
import type { CircuitMove, CircuitRun } from "./CircuitRun.ts"
import { firstProblem, type Law } from "./Law.ts"
import { toleranceMillis, words } from "./Millis.ts"
import { boundedCircuit as bounded } from "./StateSize.ts"

export type CircuitLaw = Law<CircuitRun>

/** A law that each move keeps or breaks by itself. */
const ofEachMove = (
  law: Pick<CircuitLaw, "invariant" | "name">,
  problem: (move: CircuitMove) => string | undefined
): CircuitLaw => ({
  ...law,
  check: ({ moves }) =>
    firstProblem(moves, (move) => {
      const found = problem(move)
      return found === undefined ? undefined : `at ${words(move.now)} ${found}`
    })
})

const sound: CircuitLaw = {
  name: "nothing is thrown, and every answer means something",
  check: ({ broken }) => (broken === undefined ? undefined : brokenWords(broken))
}

const repeatable: CircuitLaw = {
  name: "the same history leads to the same phases and admissions",
  check: (run) => {
    const again = run.again().moves
    const seen = ({ after, isAdmitted }: CircuitMove) => `${after}, ${isAdmitted ? "admitted" : "not admitted"}`
    return firstProblem(run.moves, (move, index) => {
      const [first, second] = [move, again[index]].map((found) => (found === undefined ? "nothing" : seen(found)))
      return first === second
        ? undefined
        : `at ${words(move.now)} it was ${first}, and the second time ${second}; ${notRepeatable}`
    })
  }
}

/** What may follow what, and by which step. */
const ways: Readonly<Record<string, CircuitMove["step"]["_tag"]>> = {
  "Closed > Open": "Record",
  "Open > HalfOpen": "Admit",
  "HalfOpen > Closed": "Record",
  "HalfOpen > Open": "Record",
  "Isolated > Closed": "Restore"
}

const transitions = ofEachMove(
  { invariant: 20, name: "only closed > open > half-open > closed or open; and isolated and restored by hand" },
  ({ after, before, step }) => {
    if (step._tag === "Isolate") return after === "Isolated" ? undefined : `it is isolated, and ${after} afterwards`
    if (before === after || ways[`${before} > ${after}`] === step._tag) return undefined
    return `it goes from ${before} to ${after} by ${step._tag}`
  }
)

/** A circuit that refuses everything would keep most of the other laws. */
const admits = ofEachMove({ name: "a closed circuit admits every call" }, ({ before, isAdmitted, step }) =>
  step._tag === "Admit" && before === "Closed" && !isAdmitted ? "a call is refused, though it is closed" : undefined
)

const isolated = ofEachMove({ name: "an isolated circuit admits nothing" }, ({ before, isAdmitted }) =>
  before === "Isolated" && isAdmitted ? "a call is admitted, though it is isolated" : undefined
)

type OpeningBounds = Pick<CircuitSettings, "jitter" | "openCapMillis" | "openFactor" | "openMillis">

const staysOpen = (bounds: OpeningBounds): CircuitLaw => ({
  invariant: 21,
  name: `an open circuit admits nothing for about ${words(bounds.openMillis)}, longer each time, and then a call`,
  marks: [bounds.openMillis, bounds.openCapMillis].flatMap((millis) =>
    [1 - bounds.jitter, 1, 1 + bounds.jitter].map((share) => millis * share)
  ),
  check: ({ moves }) => {
    let openings = 0
    let [earliest, latest] = [0, 0]
    return firstProblem(moves, ({ after, before, isAdmitted, now, step }) => {
      if (before === "Open" && isAdmitted && now < earliest - toleranceMillis) {
        return `at ${words(now)} a call is admitted, but the circuit is open until ${words(earliest)} at least`
      }
      if (before === "Open" && step._tag === "Admit" && !isAdmitted && now > latest + toleranceMillis) {
        return `at ${words(now)} a call is refused, but the circuit is open until ${words(latest)} at most`
      }
      if (after === "Closed" || after === "Isolated") openings = 0
      if (before !== "Open" && after === "Open") {
        const middle = Math.min(bounds.openCapMillis, bounds.openMillis * bounds.openFactor ** openings++)
        ;[earliest, latest] = [now + middle * (1 - bounds.jitter), now + middle * (1 + bounds.jitter)]
      }
      return undefined
    })
  }
})

const oneProbe = ofEachMove(
  { invariant: 22, name: "half-open admits one call at a time" },
  ({ before, isAdmitted, out }) =>
    before === "HalfOpen" && isAdmitted && out > 0 ? "a call is admitted while a probe is out" : undefined
)

/** A late result says how the backend was, not how it is. */
const staleResults = ofEachMove(
  { invariant: 23, name: "a result of an earlier phase changes nothing" },
  ({ isChanged, permit }) =>
    permit?.isOfEarlierPhase === true && isChanged
      ? `permit ${permit.number} of an earlier phase changes the state`
      : undefined
)

const ignoredResults = ofEachMove(
  { invariant: 24, name: "an ignored result, or a released permit, moves nothing" },
  ({ after, before, isChanged, step }) => {
    if (step._tag !== "Release" && (step._tag !== "Record" || step.result !== "ignored")) return undefined
    const what = step._tag === "Release" ? "a released permit" : "an ignored result"
    if (before !== after) return `${what} makes ${after} of ${before}`
    // In half-open the place of the probe is free again; nothing else may change there either, but that shows later.
    return isChanged && before !== "HalfOpen" ? `${what} changes the state of a circuit that is ${before}` : undefined
  }
)

/** Every way to give a probe's permit back frees its place, or half-open never ends. */
const permits = ofEachMove(
  { invariant: 25, name: "half-open admits a call when no probe is out" },
  ({ before, isAdmitted, out, step }) =>
    step._tag === "Admit" && before === "HalfOpen" && !isAdmitted && out === 0
      ? "a call is refused, though no probe is out"
      : undefined
)

type TripBounds = Pick<CircuitSettings, "failureRate" | "minimumCalls" | "threshold">

/** Not later than by failures in a row, and not sooner than by the fewest that either rule can be content with. */
const trips = ({ failureRate, minimumCalls, threshold }: TripBounds): CircuitLaw => {
  const fewest = Math.min(threshold, Math.ceil(failureRate * minimumCalls - 1e-9))
  return {
    name: `opens after ${threshold} failures in a row, and not before ${fewest} failures`,
    length: stepsFor(threshold),
    check: ({ moves }) => {
      let inARow = 0
      let failures = 0
      return firstProblem(moves, ({ after, before, now, permit, step }) => {
        if (before !== "Closed") inARow = failures = 0
        if (before !== "Closed" || permit === undefined || step._tag !== "Record") return undefined
        if (step.result === "failure") failures++
        if (step.result === "success" && !permit.isOfEarlierPhase) inARow = 0
        if (step.result === "failure" && !permit.isOfEarlierPhase) inARow++
        if (after === "Closed" && inARow >= threshold) return `at ${words(now)} it is closed after ${inARow} in a row`
        return after === "Open" && failures < fewest ? `at ${words(now)} it opens after ${failures}` : undefined
      })
    }
  }
}

const closes = ({ successes }: Pick<CircuitSettings, "successes">): CircuitLaw => ({
  name: `closes after ${successes} successful probes and no sooner`,
  length: stepsFor(successes),
  check: ({ moves }) => {
    let good = 0
    return firstProblem(moves, ({ after, before, now, permit, step }) => {
      if (before !== "HalfOpen") good = 0
      const proves = step._tag === "Record" && step.result === "success" && permit !== undefined
      if (before !== "HalfOpen" || !proves || permit.isOfEarlierPhase) return undefined
      good++
      return (after === "Closed") === good >= successes
        ? undefined
        : `at ${words(now)} it is ${after} after ${good} successful probes`
    })
  }
})

type HealingBounds = Pick<CircuitSettings, "jitter" | "openCapMillis" | "successes">

const healing = ({ jitter, openCapMillis, successes }: HealingBounds): CircuitLaw => ({
  invariant: 39,
  name: `once faults stop, it closes by ${successes} calls, each ${words(openCapMillis * (1 + jitter))} after the last`,
  check: (run) => {
    if (run.broken !== undefined) return undefined
    const { phase, refused } = run.calmed(successes, openCapMillis * (1 + jitter))
    if (phase !== "Closed") return `when faults have stopped it stays ${phase}`
    return refused === 0 ? undefined : `when faults have stopped it refuses ${refused} of ${successes} calls`
  }
})

/** Laws for circuit breakers; take those that a circuit promises, with its bounds. */
export const circuitLaws = {
  sound,
  repeatable,
  transitions,
  admits,
  isolated,
  staysOpen,
  oneProbe,
  staleResults,
  ignoredResults,
  permits,
  trips,
  rate,
  closes,
  healing,
  bounded
}

/** The most parts that `circuitLawsOf` lets a state have: room for the buckets of a window, not for its calls. */
export const circuitStateParts = 128

/** Every law, with the bounds of these settings: what the gateway's own circuit promises. */
export const circuitLawsOf = (settings: CircuitSettings): ReadonlyArray<CircuitLaw> => [
  sound,
  repeatable,
  transitions,
  admits,
  isolated,
  staysOpen(settings),
  oneProbe,
  staleResults,
  ignoredResults,
  permits,
  trips(settings),
  rate(settings),
  closes(settings),
  healing(settings),
  bounded({ parts: circuitStateParts })
]
