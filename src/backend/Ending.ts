import { realTimers } from "../kernel/Timers.ts"
import type { TransportExit } from "./Transport.ts"

/** How long stdout may stay silent after the exit until it counts as read to its end. */
export const settleMillis = 30
/** How often that is granted again because bytes came: a grandchild that goes on writing can't hold the end up. */
export const settleRounds = 10

/**
 * Decides when a child is gone for us, and tells it once. There are several signs: its exit, the end of its stdout, a
 * broken stdin. They come in any order and up to a few milliseconds apart, with last replies in between; the exit says
 * best what happened. So after the first sign the others are waited for, shortly.
 */
export class Ending {
  readonly #onExit: (exit: TransportExit) => void
  #exit: string | undefined
  #otherSign: string | undefined
  #stdoutEnded = false
  #bytesCame = false
  #rounds = 0
  #cancelSilent: (() => void) | undefined
  #isOver = false

  constructor(onExit: (exit: TransportExit) => void) {
    this.#onExit = onExit
  }

  get isOver(): boolean {
    return this.#isOver
  }

  readonly exited = (code: number | null, signal: NodeJS.Signals | null): void => {
    this.#exit = signal === null ? `exited with code ${code}` : `was killed by ${signal}`
    this.#settle()
  }

  readonly stdoutEnded = (): void => {
    this.#stdoutEnded = true
    this.#otherSign ??= "closed its standard output"
    this.#settle()
  }

  readonly stdinBroke = (): void => {
    this.#otherSign ??= "closed its standard input"
    this.#settle()
  }

  readonly bytesCame = (): void => {
    this.#bytesCame = true
  }

  /** Ends the waiting: whatever has not come now comes too late. */
  readonly finish = (): void => {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelSilent?.()
    this.#onExit({ reason: this.#exit ?? this.#otherSign ?? "was stopped" })
  }

  #settle(): void {
    if (this.#isOver) return
    if (this.#exit !== undefined && this.#stdoutEnded) return this.finish()
    this.#cancelSilent ??= realTimers.after(settleMillis, this.#silent)
  }

  readonly #silent = (): void => {
    if (!this.#bytesCame || ++this.#rounds >= settleRounds) return this.finish()
    this.#bytesCame = false
    this.#cancelSilent = realTimers.after(settleMillis, this.#silent)
  }
}
