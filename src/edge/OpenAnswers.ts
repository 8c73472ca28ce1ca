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
  readonly #calls = new Set<OpenAnswer>()
  readonly #streams = new Set<OpenAnswer>()
  #waiting: (() => void) | undefined

  get calls(): number {
    return this.#calls.size
  }

  get streams(): number {
    return this.#streams.size
  }

  callBegan(answer: OpenAnswer): void {
    this.#calls.add(answer)
  }

  callEnded(answer: OpenAnswer): void {
    if (this.#calls.delete(answer) && this.#calls.size === 0) this.#waiting?.()
  }

  streamBegan(answer: OpenAnswer): void {
    this.#streams.add(answer)
  }

  streamEnded(answer: OpenAnswer): void {
    this.#streams.delete(answer)
  }

  /** A keep-alive period has passed. */
  tick(): void {
    for (const answer of this.#calls) answer.tick()
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
    for (const answer of [...this.#calls, ...this.#streams]) answer.abandon()
  }
}
