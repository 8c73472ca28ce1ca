import type { Call } from "../domain/Call.ts"
import type { BackendUnit } from "./BackendUnit.ts"
import { mayOffer } from "./Unlisted.ts"

/** How long a request waits for backends that start for the first time ever; with a cached catalog nothing waits. */
export const patienceMillis = 1_500
/** Requests that may wait so. */
export const waitingRequests = 256

/**
 * The requests that wait, right after the start, for backends of which nothing is known yet (docs/adr/0008): lists,
 * because many clients ask once and never again, and calls of what such a backend may offer.
 */
export class Patience {
  readonly #units: ReadonlyArray<BackendUnit>
  #waiting: Array<Call> = []
  #lasts = true

  constructor(units: ReadonlyArray<BackendUnit>) {
    this.#units = units
  }

  /** Keeps a list, or a call of an unknown name, back; false: it is to be answered by what there is. */
  keeps(call: Call, name?: string): boolean {
    if (!this.#lasts || this.#waiting.length >= waitingRequests || !this.#unknown(name, call.request.scope))
      return false
    this.#waiting.push(call)
    return true
  }

  /** From now on nothing waits. */
  end(): void {
    this.#lasts = false
  }

  /** What waits, to be tried once more: it may be kept again. */
  release(): ReadonlyArray<Call> {
    if (this.#waiting.length === 0) return noCalls
    const released = this.#waiting
    this.#waiting = []
    return released
  }

  /** A backend that may have the name is neither cached, nor up, nor failed once. */
  #unknown(name: string | undefined, scope: string | undefined): boolean {
    return this.#units.some((unit) => !unit.settled && mayOffer(unit, name, scope))
  }
}

const noCalls: ReadonlyArray<Call> = []
