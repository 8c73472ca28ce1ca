import { Cells } from "../machine/Cells.ts"
import { Unread } from "./Unread.ts"

/** A response that is not complete yet. */
export interface OpenAnswer {
  /** A keep-alive period has passed. */
  readonly tick: () => void
  /** The gateway ends: the client gets what it still can. */
  readonly abandon: () => void
}

/** The responses that are open: calls, which have an end of their own, and streams, which stand until they are ended. */
export class OpenAnswers {
  /** What they have written and nobody has read. */
  readonly unread = new Unread()
  readonly #calls = new Cells<number, OpenAnswer>()
  readonly #streams = new Set<OpenAnswer>()
  #begun = 0
  #waiting: (() => void) | undefined

  get calls(): number {
    return this.#calls.size
  }

  get streams(): number {
    return this.#streams.size
  }

  /** Returns the number by which its end is told. */
  callBegan(answer: OpenAnswer): number {
    this.#calls.set(++this.#begun, answer)
    return this.#begun
  }

  callEnded(call: number): void {
    if (this.#calls.delete(call) && this.#calls.size === 0) this.#waiting?.()
  }

  streamBegan(answer: OpenAnswer): void {
    this.#streams.add(answer)
  }

  streamEnded(answer: OpenAnswer): void {
    this.#streams.delete(answer)
  }

  /** A keep-alive period has passed. */
  tick(): void {
    for (const answer of this.#calls.values()) answer.tick()
    for (const answer of this.#streams) answer.tick()
  }

  /** Calls `done` once no call is open; the function returned stops waiting. */
  whenNoCall(done: () => void): () => void {
    if (this.#calls.size === 0) done()
    else this.#waiting = done
    return () => {
      this.#waiting = undefined
    }
  }

  /** Ends all that is open. */
  abandon(): void {
    for (const answer of [...this.#calls.values(), ...this.#streams]) answer.abandon()
  }
}
