import type { RestartSettings } from "../../domain/BackendSpec.ts"
import { decisionProblem } from "../../machine/RestartPolicy.ts"
import { brokenWords, notRepeatable } from "./Broken.ts"
import { firstProblem, type Law } from "./Law.ts"
import { percent, toleranceMillis, words } from "./Millis.ts"
import { bounded } from "./StateSize.ts"
import { waitOf, type Lived, type RestartRun } from "./RestartRun.ts"

export type RestartLaw = Law<RestartRun>

/** What a supervisor demands of every policy: no errors, delays that a timer can hold, attempts counted from 1. */
const sound: RestartLaw = {
  name: "nothing is thrown, and every decision can be carried out",
  check: ({ broken, lives }) =>
    firstProblem(lives, ({ decision, downAt }) => {
      const what = decisionProblem(decision)
      return what === undefined ? undefined : brokenWords({ at: downAt, what })
    }) ?? (broken === undefined ? undefined : brokenWords(broken))
}

/** A policy that asks a clock or chance by itself, or keeps something outside its state. */
const repeatable: RestartLaw = {
  name: "the same history leads to the same decisions",
  check: (run) => {
    const again = run.again().lives
    return firstProblem(run.lives, ({ decision, downAt }, index) => {
      const [first, second] = [JSON.stringify(decision), JSON.stringify(again[index]?.decision)]
      return first === second
        ? undefined
        : `at ${words(downAt)} it decided ${first}, and the second time ${second}; ${notRepeatable}`
    })
  }
}

/** In a window that slides: one that begins at any restart. Tries after a quarantine are no restarts. */
const intensity = (bounds: Pick<RestartSettings, "intensity" | "windowMillis">): RestartLaw => ({
  invariant: 13,
  name: `never more than ${bounds.intensity} restarts within ${words(bounds.windowMillis)}`,
  marks: [bounds.windowMillis],
  length: bounds.intensity + 10,
  check: ({ lives }) => {
    const restarts = restartsOf(lives)
    return firstProblem(restarts, (at, index) => {
      const oneTooMany = restarts[index + bounds.intensity]
      if (oneTooMany === undefined || oneTooMany - at >= bounds.windowMillis - toleranceMillis) return undefined
      return `from ${words(at)} to ${words(oneTooMany)} there are ${bounds.intensity + 1} restarts`
    })
  }
})

export interface PatienceBounds extends Pick<RestartSettings, "intensity" | "windowMillis"> {
  /** A try after a quarantine that was up for so long is no try any more, milliseconds; left out, it always is one. */
  readonly stableMillis?: number
}

/** The other side of `intensity`: a policy that gives up at once would keep every bound. */
const patience = ({ intensity, stableMillis = Infinity, windowMillis }: PatienceBounds): RestartLaw => ({
  name: `no quarantine before ${intensity} restarts within ${words(windowMillis)}`,
  marks: [windowMillis, ...(stableMillis === Infinity ? [] : [stableMillis])],
  length: intensity + 10,
  check: ({ lives }) => {
    const restarts = restartsOf(lives)
    return firstProblem(lives, ({ decision, downAt, readyAt = Infinity }, index) => {
      // A try after a quarantine is by grace: one that fails soon needs no further reason.
      const isTry = lives[index - 1]?.decision._tag === "Quarantine" && downAt - readyAt < stableMillis
      if (decision._tag === "Restart" || isTry) return undefined
      const recent = restarts.filter((at) => at <= downAt && at > downAt - windowMillis)
      return recent.length >= intensity
        ? undefined
        : `quarantined at ${words(downAt)} after ${recent.length} restarts within ${words(windowMillis)}`
    })
  }
})

type DelayBounds = Pick<RestartSettings, "baseMillis" | "capMillis" | "factor" | "jitter" | "stableMillis">

const delays = (bounds: DelayBounds): RestartLaw => ({
  invariant: 14,
  name: `the nth delay is within ${percent(bounds.jitter)} of min(${bounds.capMillis}, ${bounds.baseMillis} * ${bounds.factor}^n) ms`,
  marks: [bounds.stableMillis],
  check: ({ lives }) => {
    const streaks = streaksOf(lives, bounds.stableMillis)
    return firstProblem(lives, ({ decision, downAt }, index) => {
      if (decision._tag === "Quarantine") return undefined
      const n = streaks[index] ?? 0
      const middle = Math.min(bounds.capMillis, bounds.baseMillis * bounds.factor ** n)
      const off = Math.abs(decision.delayMillis - middle)
      if (off <= middle * bounds.jitter + toleranceMillis) return undefined
      return `at ${words(downAt)}, n = ${n}, the delay is ${words(decision.delayMillis)} instead of about ${words(middle)}`
    })
  }
})

const streak = ({ stableMillis }: Pick<RestartSettings, "stableMillis">): RestartLaw => ({
  invariant: 19,
  name: `attempts are counted from 1 again after ${words(stableMillis)} of continuous ready time, and only then`,
  marks: [stableMillis],
  check: ({ lives }) => {
    const streaks = streaksOf(lives, stableMillis)
    return firstProblem(lives, ({ decision, downAt }, index) => {
      const expected = (streaks[index] ?? 0) + 1
      return decision._tag === "Quarantine" || decision.attempt === expected
        ? undefined
        : `at ${words(downAt)} attempt ${decision.attempt} is decided, but it is attempt ${expected}`
    })
  }
})

/** Of a policy it is asked whether a quarantine is long enough, of a supervisor whether it keeps to what was decided. */
const leftAlone = ({ quarantineMillis }: { readonly quarantineMillis: number }): RestartLaw => ({
  name: `a child is left alone as long as was decided, in quarantine at least ${words(quarantineMillis)}`,
  check: ({ lives }) =>
    firstProblem(lives, ({ decision, downAt, nextAt }) => {
      if (decision._tag === "Quarantine" && decision.retryMillis < quarantineMillis) {
        return `quarantined at ${words(downAt)} for no more than ${words(decision.retryMillis)}`
      }
      return nextAt - downAt >= waitOf(decision) - toleranceMillis
        ? undefined
        : `down at ${words(downAt)}, to be left alone for ${words(waitOf(decision))}, but started at ${words(nextAt)}`
    })
})

export interface RecoveryBounds {
  /** The longest time from the end of a child to its restart, milliseconds. */
  readonly withinMillis: number
  /** The same for a quarantined one; left out, it may take any time. */
  readonly quarantinedWithinMillis?: number
}

/** Faults may stop at any moment; the next start is the one that succeeds then. A late timer is not the policy's fault. */
const recovery = (bounds: RecoveryBounds): RestartLaw => ({
  invariant: 38,
  name: `once faults stop, the child is started within ${words(bounds.withinMillis)}`,
  check: ({ lives }) =>
    firstProblem(lives, ({ decision, downAt, life, nextAt }) => {
      const waited = nextAt - downAt - life.lateMillis
      const within = decision._tag === "Restart" ? bounds.withinMillis : (bounds.quarantinedWithinMillis ?? Infinity)
      return waited <= Math.ceil(within) + toleranceMillis
        ? undefined
        : `down at ${words(downAt)}, it is started ${words(waited)} later`
    })
})

/** Laws for restart policies; take those that a policy promises, with its bounds. */
export const restartLaws = { sound, repeatable, intensity, patience, delays, streak, leftAlone, recovery, bounded }

/** The most parts that `restartLawsOf` lets a state have: some for each restart of a window, and some besides. */
export const restartStateParts = (intensity: number): number => 64 + 4 * intensity

/** Every law, with the bounds of these settings: what the gateway's own policy promises. */
export const restartLawsOf = (settings: RestartSettings): ReadonlyArray<RestartLaw> => [
  sound,
  repeatable,
  intensity(settings),
  patience(settings),
  delays(settings),
  streak(settings),
  leftAlone({ quarantineMillis: settings.slowRetryMillis }),
  recovery({
    withinMillis: settings.capMillis * (1 + settings.jitter),
    quarantinedWithinMillis: settings.slowRetryMillis
  }),
  bounded({ parts: restartStateParts(settings.intensity) })
]

const restartsOf = (lives: ReadonlyArray<Lived>): ReadonlyArray<number> =>
  lives.filter(({ decision }) => decision._tag === "Restart").map(({ nextAt }) => nextAt)

/** For each life, how many restarts were decided before its end since the last one that was up for long enough. */
const streaksOf = (lives: ReadonlyArray<Lived>, stableMillis: number): ReadonlyArray<number> => {
  let streak = 0
  return lives.map(({ decision, downAt, readyAt }) => {
    if (readyAt !== undefined && downAt - readyAt >= stableMillis) streak = 0
    const before = streak
    if (decision._tag === "Restart") streak++
    return before
  })
}
