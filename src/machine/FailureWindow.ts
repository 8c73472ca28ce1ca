import type { CircuitSettings } from "../domain/BackendSpec.ts"

/**
 * Calls and failures of the last `windowMillis`, in buckets: bounded whatever the traffic. The oldest bucket leaves
 * whole, so the window covers between nine and ten tenths of `windowMillis`, never more.
 */
export interface FailureWindow {
  /** When the current bucket began, milliseconds. */
  readonly startedAt: number
  /** Of the current bucket. */
  readonly calls: number
  readonly failures: number
  /** The buckets before it that are still in the window, oldest first, without empty ones. */
  readonly past: ReadonlyArray<Bucket>
  /** Sums over `past`, so that the hot path adds two numbers instead of walking it. */
  readonly pastCalls: number
  readonly pastFailures: number
}

interface Bucket {
  readonly startedAt: number
  readonly calls: number
  readonly failures: number
}

/** Buckets of a window, the current one included. */
export const bucketCount = 10

/**
 * The rate is exact while the window holds fewer failures than this. In a window without failures a bucket that has the
 * `minimumCalls` stops counting after `exactFailures / failureRate` successes: one more could only matter after that
 * many failures. So a busy healthy backend costs no new state for a call. Not counting a success can only open the
 * circuit sooner.
 */
export const exactFailures = 64

export const empty: FailureWindow = {
  startedAt: 0,
  calls: 0,
  failures: 0,
  past: [],
  pastCalls: 0,
  pastFailures: 0
}

/** One more call. The same window comes back if it has nothing to count. */
export const add = (window: FailureWindow, settings: CircuitSettings, now: number, failed: boolean): FailureWindow => {
  const current = advance(window, settings.windowMillis / bucketCount, now)
  const clean = current.failures + current.pastFailures === 0
  const enough = current.calls >= settings.minimumCalls && current.calls * settings.failureRate >= exactFailures
  if (!failed && clean && enough) return current
  return {
    startedAt: current.startedAt,
    calls: current.calls + 1,
    failures: failed ? current.failures + 1 : current.failures,
    past: current.past,
    pastCalls: current.pastCalls,
    pastFailures: current.pastFailures
  }
}

/** Whether the window has enough calls, and too many of them failed. Ask right after `add`. */
export const exceeds = (window: FailureWindow, settings: CircuitSettings): boolean => {
  const calls = window.calls + window.pastCalls
  return calls >= settings.minimumCalls && window.failures + window.pastFailures >= settings.failureRate * calls
}

/** Makes the bucket of `now` the current one and lets go of those that fell out of the window. */
const advance = (window: FailureWindow, bucketMillis: number, now: number): FailureWindow => {
  const startedAt = Math.floor(now / bucketMillis) * bucketMillis
  // Not by the time elapsed: with fractional widths that may be a whole bucket within the same one.
  if (startedAt <= window.startedAt) return window
  const oldest = startedAt - (bucketCount - 1) * bucketMillis
  const past: Array<Bucket> = []
  let pastCalls = 0
  let pastFailures = 0
  const last: Bucket = { startedAt: window.startedAt, calls: window.calls, failures: window.failures }
  for (const bucket of [...window.past, last]) {
    // Half a bucket of tolerance: with fractional widths the sums of starts and widths differ in the last digits.
    if (bucket.calls === 0 || bucket.startedAt < oldest - bucketMillis / 2) continue
    past.push(bucket)
    pastCalls += bucket.calls
    pastFailures += bucket.failures
  }
  return { startedAt, calls: 0, failures: 0, past, pastCalls, pastFailures }
}
