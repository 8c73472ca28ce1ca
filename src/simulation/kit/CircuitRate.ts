import type { CircuitSettings } from "../../domain/BackendSpec.ts"
import { bucketCount } from "../../machine/FailureWindow.ts"
import type { CircuitRun } from "./CircuitRun.ts"
import { firstProblem, type Law } from "./Law.ts"
import { percent, toleranceMillis, words } from "./Millis.ts"

export type RateBounds = Pick<CircuitSettings, "failureRate" | "minimumCalls" | "threshold" | "windowMillis">

/** Steps in which so many results may come back: each needs a call before it, and other things happen. */
export const stepsFor = (results: number): number => 20 + 4 * results

interface Result {
  readonly at: number
  readonly hasFailed: boolean
}

/**
 * A window may leave out what is older than nine tenths of it, as one of buckets does: where it matters, both are right.
 * A failure that makes the rate opens; a success may.
 */
export const rate = (bounds: RateBounds): Law<CircuitRun> => ({
  name:
    `opens once ${percent(bounds.failureRate)} of at least ${bounds.minimumCalls} calls within ` +
    `${words(bounds.windowMillis)} failed, or ${bounds.threshold} in a row, and only then`,
  marks: [(bounds.windowMillis * (bucketCount - 1)) / bucketCount, bounds.windowMillis],
  length: stepsFor(bounds.minimumCalls),
  check: ({ moves }) => {
    let results: ReadonlyArray<Result> = []
    let inARow = 0
    return firstProblem(moves, ({ after, before, now, permit, step }) => {
      if (before !== "Closed") [results, inARow] = [[], 0]
      const counts = step._tag === "Record" && step.result !== "ignored" && permit?.isOfEarlierPhase === false
      if (before !== "Closed" || !counts) return undefined
      const hasFailed = step.result === "failure"
      results = [...results, { at: now, hasFailed }]
      inARow = hasFailed ? inARow + 1 : 0
      const windows = windowsAt(results, now, bounds.windowMillis)
      const reaches = new Set(windows.map((window) => reachesRate(window, bounds)))
      if (after === "Open" && inARow < bounds.threshold && !reaches.has(true)) {
        return `at ${words(now)} it opens after ${told(results, now, bounds)}, ${inARow} in a row`
      }
      return after === "Closed" && hasFailed && !reaches.has(false)
        ? `at ${words(now)} it is closed after ${told(results, now, bounds)}`
        : undefined
    })
  }
})

/** What may be in the window now: what certainly is, and with it ever more of what may be. */
const windowsAt = (
  results: ReadonlyArray<Result>,
  now: number,
  windowMillis: number
): ReadonlyArray<ReadonlyArray<Result>> => {
  const certain = (windowMillis * (bucketCount - 1)) / bucketCount - toleranceMillis
  const first = results.findIndex(({ at }) => now - at <= windowMillis + toleranceMillis)
  const last = results.findIndex(({ at }) => now - at <= certain)
  return Array.from({ length: last - first + 1 }, (_, more) => results.slice(first + more))
}

const reachesRate = (window: ReadonlyArray<Result>, { failureRate, minimumCalls }: RateBounds): boolean =>
  window.length >= minimumCalls && failuresOf(window) >= failureRate * window.length

const failuresOf = (window: ReadonlyArray<Result>): number => window.filter(({ hasFailed }) => hasFailed).length

const told = (results: ReadonlyArray<Result>, now: number, { windowMillis }: RateBounds): string => {
  const window = results.filter(({ at }) => now - at <= windowMillis)
  return `${failuresOf(window)} failures of ${window.length} calls within ${words(windowMillis)}`
}
