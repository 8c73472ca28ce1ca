import assert from "node:assert/strict"
import type { CircuitSettings } from "../../src/domain/BackendSpec.ts"
import type { Admission, CallResult, CircuitState, Permit } from "../../src/machine/Circuit.ts"
import { hairMillis } from "./arbitraries.ts"
import { CallBook } from "./callBook.ts"

/** A permit that was given, and in which stay in a state. */
export interface Given {
  readonly permit: Permit
  readonly stay: number
}

/**
 * The plainest circuit there is: the calls since it was last closed, and the permits that are out. It knows when an
 * opening must be over at the latest, not when it is.
 */
export class CircuitBook {
  readonly settings: CircuitSettings
  tag: CircuitState["_tag"] = "Closed"
  /** Permits that are out, in the order they were given. */
  readonly out: Array<Given> = []
  readonly spent: Array<Given> = []
  /** Each stay in a state has a number. */
  stay = 0
  /** Half-open: the one permit that is out. */
  probe: Given | undefined = undefined
  /** When somebody was told to come again. */
  promisedAt: number | undefined = undefined
  #calls: CallBook
  /** How often it opened since it was closed. */
  #openings = 0
  #openedAt = 0
  #good = 0

  constructor(settings: CircuitSettings) {
    this.settings = settings
    this.#calls = new CallBook(settings)
  }

  enter(tag: CircuitState["_tag"], now: number): void {
    this.tag = tag
    this.stay++
    this.probe = undefined
    this.promisedAt = undefined
    if (tag === "HalfOpen") return
    this.#good = 0
    if (tag === "Open") {
      this.#openings++
      this.#openedAt = now
      return
    }
    this.#openings = 0
    this.#calls = new CallBook(this.settings)
  }

  /** Somebody asked, and this was the answer. */
  asked(admission: Admission, now: number): void {
    const expected = this.#mayAdmit(now)
    const isAdmitted = admission._tag === "Admitted"
    if (expected !== undefined)
      assert.equal(isAdmitted, expected, `INV-21, INV-22: ${this.tag}, and who asks is let through`)
    if (!isAdmitted) return this.#refused(admission, now)
    if (this.tag === "Open") this.enter("HalfOpen", now)
    const given: Given = { permit: admission.permit, stay: this.stay }
    this.out.push(given)
    if (this.tag === "HalfOpen") this.probe = given
  }

  /** Whether what comes of this permit still counts. */
  isCurrent(given: Given): boolean {
    return this.tag === "Closed" ? given.stay === this.stay : this.probe === given
  }

  /** What became of a permit that still counts. `isOpen`: for when the book can't tell whether it opens. */
  returned(result: CallResult, now: number, isOpen: boolean): void {
    const wasHalfOpen = this.tag === "HalfOpen"
    this.probe = undefined
    if (result === "ignored") return
    const failed = result === "failure"
    if (wasHalfOpen) {
      if (failed) return this.enter("Open", now)
      this.#good++
      if (this.#good >= this.settings.successes) this.enter("Closed", now)
      return
    }
    this.#calls.add(now, failed)
    if (failed && (this.#opens(now) ?? isOpen)) this.enter("Open", now)
  }

  #opens(now: number): boolean | undefined {
    return this.#calls.consecutive >= this.settings.threshold || this.#calls.exceeds(now)
  }

  /** INV-21, INV-22. `undefined`: it is open, and its time may or may not be over. */
  #mayAdmit(now: number): boolean | undefined {
    if (this.tag !== "Open") return this.tag === "Closed" || (this.tag === "HalfOpen" && this.probe === undefined)
    const { earliest, latest } = this.#opening()
    if (now < earliest - hairMillis) return false
    if (now > latest + hairMillis) return true
    if (this.promisedAt === undefined) return undefined
    // What is promised is rounded up to whole milliseconds.
    if (now >= this.promisedAt) return true
    return now < this.promisedAt - 1 - hairMillis ? false : undefined
  }

  #refused({ cause, retryAfterMs }: Extract<Admission, { readonly _tag: "Refused" }>, now: number): void {
    const causes: Partial<Record<CircuitState["_tag"], string>> = {
      Open: "open",
      HalfOpen: "probing",
      Isolated: "isolated"
    }
    assert.equal(cause, causes[this.tag])
    if (retryAfterMs === undefined) return assert.equal(this.tag, "Isolated")
    assert.ok(retryAfterMs > 0, "who is refused is told to wait for nothing")
    if (this.tag !== "Open") return
    assert.ok(now + retryAfterMs <= this.#opening().latest + 1 + hairMillis, "INV-21: told to wait for too long")
    this.promisedAt = now + retryAfterMs
  }

  #opening(): { readonly earliest: number; readonly latest: number } {
    const { jitter, openCapMillis, openFactor, openMillis } = this.settings
    let middle = openMillis
    for (let n = 1; n < this.#openings; n++) middle = Math.min(openCapMillis, middle * openFactor)
    return { earliest: this.#openedAt + middle * (1 - jitter), latest: this.#openedAt + middle * (1 + jitter) }
  }
}
