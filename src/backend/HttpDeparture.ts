import type { Timers } from "../kernel/Timers.ts"
import type { RequestFailure, TransportExit } from "./Transport.ts"

/** How long the answers to what is under way are waited for, once no new request can be served. */
export const departureMillis = 1_000

/** What a departure needs from its line. */
export interface DepartureHost {
  /** Requests that the server has and may still answer. */
  readonly underWay: () => number
  readonly failed: (id: string, failure: RequestFailure) => void
  readonly exit: (exit: TransportExit) => void
  /** It is over, and the line stands. */
  readonly stayed: () => void
}

/**
 * The end of a line that no new request gets through on: the server forgot the session, or can't be reached. Several
 * calls find that out one after the other. They are told with the end, in one word, so that their owner sends them on
 * the next line and not once more on this one; calls that the server has get a moment to be answered.
 *
 * When it can't be reached while it still has calls, it may only be about to stop: the line stands until they end.
 */
export class HttpDeparture {
  readonly #exit: TransportExit
  readonly #host: DepartureHost
  readonly #unsent = new Set<string>()
  readonly #cancelLate: () => void

  constructor(exit: TransportExit, host: DepartureHost, timers: Timers) {
    this.#exit = exit
    this.#host = host
    this.#cancelLate = timers.after(departureMillis, this.#late)
  }

  /** Whether this request surely has not been worked on. */
  has(id: string): boolean {
    return this.#unsent.has(id)
  }

  /** All such requests, by their ids. */
  get unsent(): ReadonlyArray<string> {
    return [...this.#unsent]
  }

  /** This request is one of them. */
  add(id: string | undefined): void {
    if (id !== undefined) this.#unsent.add(id)
  }

  /** Its owner does not want it any more. */
  forget(id: string): void {
    this.#unsent.delete(id)
  }

  /** Something that was under way has ended. */
  check(): void {
    if (this.#host.underWay() === 0) this.#finish(true)
  }

  stop(): void {
    this.#cancelLate()
  }

  readonly #late = (): void => this.#finish(this.#exit.renewable === true || this.#host.underWay() === 0)

  #finish(isExit: boolean): void {
    this.stop()
    if (isExit) return this.#host.exit(this.#exit)
    this.#host.stayed()
    for (const id of this.unsent) this.#host.failed(id, { reason: this.#exit.reason, sent: false })
  }
}
