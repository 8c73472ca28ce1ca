import type { Principal } from "../domain/Principal.ts"
import { Cells } from "../machine/Cells.ts"

/**
 * What of `max_calls` is kept for those who have nothing running, so that nobody can hold all of it for ever: a part of
 * it, and at most so many calls. The first half is for sessions, the other for principals of whom no session has any.
 */
export const callReserve = { part: 0.0625, most: 16 }

/** What one principal has running, in so many shares. */
interface Tally {
  running: number
  shares: number
}

/** The calls that run in the whole gateway, against `max_calls`, and whose they are. */
export class Load {
  readonly limit: number
  running = 0
  readonly #forAnybody: number
  readonly #forSessions: number
  readonly #tallies = new Cells<string, Tally>()

  constructor(limit: number) {
    const half = Math.floor(Math.min(callReserve.most, limit * callReserve.part) / 2)
    this.limit = limit
    this.#forAnybody = limit - 2 * half
    this.#forSessions = limit - half
  }

  /** The share of a session, or of the requests of a principal that stand alone. Somebody has to `close` it. */
  open({ id }: Principal): Share {
    const tally = this.#tallies.get(id) ?? { running: 0, shares: 0 }
    if (tally.shares++ === 0) this.#tallies.set(id, tally)
    return new Share(this, tally, () => {
      if (--tally.shares === 0) this.#tallies.delete(id)
    })
  }

  /** Whether there is room for a call that is counted already, of who has so many running with it. */
  hasRoomFor(ofSession: number, ofPrincipal: number): boolean {
    if (this.running <= this.#forAnybody) return true
    return ofSession === 1 && this.running <= (ofPrincipal === 1 ? this.limit : this.#forSessions)
  }
}

/** The part of one client in the calls that run. */
export class Share {
  /** Gives the share up. What still runs then ends as usual. */
  readonly close: () => void
  readonly #load: Load
  readonly #tally: Tally
  #running = 0

  constructor(load: Load, tally: Tally, close: () => void) {
    this.#load = load
    this.#tally = tally
    this.close = close
  }

  get running(): number {
    return this.#running
  }

  /** Counts one more call until its `end`; false: there is no room for it, and it should end at once. */
  begin(): boolean {
    this.#load.running++
    return this.#load.hasRoomFor(++this.#running, ++this.#tally.running)
  }

  end(): void {
    this.#load.running--
    this.#running--
    this.#tally.running--
  }
}
