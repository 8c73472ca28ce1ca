import type { Call } from "../domain/Call.ts"
import type { BackendUnit } from "./BackendUnit.ts"

/** How long a list waits for backends that start for the first time ever; with a cached catalog nothing waits. */
export const patienceMillis = 1_500
/** Lists that may wait so. */
export const waitingLists = 256

/**
 * The lists that wait, right after the start, for backends of which nothing is known yet (docs/adr/0008): many clients
 * ask once and never again.
 */
export class Patience {
  readonly #units: ReadonlyArray<BackendUnit>
  #waiting: Array<Call> = []
  #lasts = true

  constructor(units: ReadonlyArray<BackendUnit>) {
    this.#units = units
  }

  /** Keeps a list back; false: it is to be answered with what there is. */
  keeps(call: Call): boolean {
    if (!this.#lasts || this.#waiting.length >= waitingLists || !this.#unknown()) return false
    this.#waiting.push(call)
    return true
  }

  /** From now on nothing waits. */
  end(): void {
    this.#lasts = false
  }

  /** The lists to answer now: all, or none while a backend is waited for. */
  release(): ReadonlyArray<Call> {
    if (this.#lasts && this.#unknown()) return noCalls
    const released = this.#waiting
    this.#waiting = []
    return released
  }

  /** A backend is neither cached, nor up, nor failed once. */
  #unknown(): boolean {
    return this.#units.some(({ catalog, settled }) => catalog === undefined && !settled)
  }
}

const noCalls: ReadonlyArray<Call> = []
