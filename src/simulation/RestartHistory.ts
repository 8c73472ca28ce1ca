import type { RestartSettings } from "../domain/BackendSpec.ts"
import type { Life } from "../machine/Life.ts"

/** What a slot waits for: another start, soon or as a slow retry. */
export interface Waiting {
  readonly tag: "Backoff" | "Quarantined" | "Parked"
  readonly since: number
  /** Between which times after `since` it may be started. */
  readonly soonest: number
  readonly latest: number
}

/**
 * What was seen of the restarts of one slot, reckoned anew from the outside: when it was ready, for how long, and how
 * often in a row it was not. Of the gateway's own account it takes nothing but the names of the states.
 */
export class RestartHistory {
  readonly #settings: RestartSettings
  #life: Life | undefined
  #readySince = 0
  #streak = 0
  /** Failures that may have come before it was let go of at the same instant, so that nobody could see them. */
  #unseen = 0
  /** Times of the restarts of the last window, and of those that were planned and called off. */
  #restarts: Array<number> = []
  #calledOff: Array<number> = []
  #waiting: Waiting | undefined
  /** It was started out of quarantine, and was not ready since. */
  #isLastTry = false

  constructor(settings: RestartSettings) {
    this.#settings = settings
  }

  get waiting(): Waiting | undefined {
    return this.#waiting
  }

  /** So many restarts lie in the window that ends at `at`. */
  restartsAt(at: number): number {
    return this.#restarts.filter((time) => time > at - this.#settings.windowMillis + roundingMillis).length
  }

  /** So many may count when it is judged at `at`: those as well that were planned, and not needed in the end. */
  mostAt(at: number): number {
    const since = at - this.#settings.windowMillis - roundingMillis
    return [...this.#restarts, ...this.#calledOff].filter((time) => time > since).length + this.#unseen
  }

  /** The shortest delay that it would be given now. */
  get shortestDelay(): number {
    return this.#delay(this.#streak) * (1 - this.#settings.jitter)
  }

  get isLastTry(): boolean {
    return this.#isLastTry
  }

  /** It is started. Returns what it had waited for. */
  started(at: number): Waiting | undefined {
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#isLastTry = waiting?.tag === "Quarantined" || waiting?.tag === "Parked"
    if (waiting?.tag === "Backoff" && waiting.latest > 0) {
      this.#restarts = this.#restarts.filter((time) => time > at - this.#settings.windowMillis)
      this.#restarts.push(at)
    }
    return waiting
  }

  /** Its state at the end of an instant. True: it has begun to wait. */
  look(life: Life | undefined, at: number): boolean {
    const before = this.#life
    if (life === before) return false
    this.#life = life
    if (before?._tag === "Ready" && at - this.#readySince >= this.#settings.stableMillis) {
      this.#streak = 0
      this.#unseen = 0
    }
    if (this.#waiting?.tag === "Backoff" && life?._tag === "Idle") this.#calledOff.push(at + this.#waiting.latest)
    if (before?._tag === "Starting" && life?._tag === "Idle") this.#unseen++
    this.#waiting = undefined
    switch (life?._tag) {
      case "Ready":
        this.#readySince = at
        this.#isLastTry = false
        return false
      case "Backoff":
        this.#waiting = this.#backoff(at, life.attempt === 0)
        return true
      case "Quarantined":
      case "Parked":
        this.#waiting = { tag: life._tag, since: at, ...this.#slowRetry() }
        return true
      default:
        return false
    }
  }

  /** `isFirst`: no restart at all; it only waits for the end of the process before. */
  #backoff(since: number, isFirst: boolean): Waiting {
    if (isFirst) return { tag: "Backoff", since, soonest: 0, latest: 0 }
    const { jitter } = this.#settings
    const longest = this.#delay(this.#streak + this.#unseen)
    const delay = this.#delay(this.#streak++)
    return { tag: "Backoff", since, soonest: delay * (1 - jitter), latest: longest * (1 + jitter) }
  }

  #slowRetry(): { readonly soonest: number; readonly latest: number } {
    const { onExit, slowRetryMillis } = this.#settings
    return onExit ? { soonest: slowRetryMillis, latest: slowRetryMillis } : { soonest: Infinity, latest: Infinity }
  }

  #delay(streak: number): number {
    const { baseMillis, capMillis, factor } = this.#settings
    return Math.min(capMillis, baseMillis * factor ** streak)
  }
}

/** Times that are equal may differ by so much where one was kept in another unit, milliseconds. */
export const roundingMillis = 0.002
