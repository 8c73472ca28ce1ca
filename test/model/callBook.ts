import type { CircuitSettings } from "../../src/domain/BackendSpec.ts"
import { exactFailures } from "../../src/machine/FailureWindow.ts"
import { hairMillis } from "./arbitraries.ts"

/** So many calls that ended alike at the same time. */
interface Calls {
  readonly at: number
  readonly failed: boolean
  readonly times: number
  /** Successes may be left out while there is no failure in the window; these were not. */
  readonly isSure: boolean
}

interface CallCounts {
  readonly calls: number
  readonly failures: number
  /** Calls that were surely counted. */
  readonly sure: number
}

/** Every call that ever was, and the sums over the last of them counted anew each time. `now` never runs backwards. */
export class CallBook {
  readonly #settings: CircuitSettings
  readonly #calls: Array<Calls> = []

  constructor(settings: CircuitSettings) {
    this.#settings = settings
  }

  add(at: number, failed: boolean, times = 1): void {
    const hasFailed = this.since(at - 0.9 * this.#settings.windowMillis + hairMillis).failures > 0
    this.#calls.push({ at, failed, times, isSure: failed || hasFailed })
  }

  /** Calls after `from`. */
  since(from: number): CallCounts {
    let calls = 0
    let failures = 0
    let sure = 0
    for (const { at, failed, isSure, times } of this.#calls) {
      if (at <= from) continue
      calls += times
      if (failed) failures += times
      if (isSure) sure += times
    }
    return { calls, failures, sure }
  }

  /** What surely is in the window, and what may be: it reaches back between nine and ten tenths of `windowMillis`. */
  bounds(now: number) {
    const { windowMillis } = this.#settings
    return {
      least: this.since(now - 0.9 * windowMillis + hairMillis),
      most: this.since(now - windowMillis - hairMillis)
    }
  }

  /** Failures since the last success. */
  get consecutive(): number {
    const lastSuccess = this.#calls.findLastIndex(({ failed }) => !failed)
    return this.#calls.slice(lastSuccess + 1).reduce((sum, { times }) => sum + times, 0)
  }

  /**
   * Whether too many of the window's calls failed. `undefined`: it depends on where exactly the window begins, or on
   * successes that were left out.
   */
  exceeds(now: number): boolean | undefined {
    const { failureRate, minimumCalls, windowMillis } = this.#settings
    const oldest = now - windowMillis - hairMillis
    const newest = now - 0.9 * windowMillis + hairMillis
    const begins = [oldest, newest, ...this.#calls.map(({ at }) => at).filter((at) => at > oldest && at < newest)]
    const counts = begins.map((from) => this.since(from))
    const verdicts = counts.map(({ calls, failures }) => calls >= minimumCalls && failures >= failureRate * calls)
    if (verdicts.every(Boolean)) return true
    const mayExceed = counts.some(({ failures, sure }) => failures >= exactFailures && failures >= failureRate * sure)
    return verdicts.some(Boolean) || mayExceed ? undefined : false
  }
}
