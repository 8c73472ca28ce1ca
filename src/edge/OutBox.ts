import * as Effect from "effect/Effect"
import type { Writable } from "node:stream"
import { joinFrames } from "../protocol/Framing.ts"

/** Bytes waiting for a client that does not read; beyond it no more is read from that client. */
export const backlogBytes = 1024 * 1024

/**
 * Frames on their way to one client. What one turn of the event loop brings leaves in one write: a write to a pipe is
 * the largest single cost of a relay. A client that stops reading is not read from any more, and loses what it can do
 * without: progress and log messages.
 */
export class OutBox {
  readonly #output: Writable
  readonly #onFull: (full: boolean) => void
  #frames: Array<string> = []
  #scheduled = false
  #full = false
  #broken = false

  constructor(output: Writable, onFull: (full: boolean) => void) {
    this.#output = output
    this.#onFull = onFull
    output.on("drain", () => this.#relieve())
    output.on("error", () => {
      this.#broken = true
    })
  }

  /** Takes a frame; `minor` ones are dropped while the client is behind. */
  put(frame: string, minor: boolean): void {
    if (this.#broken || (minor && this.#full)) return
    this.#frames.push(frame)
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(this.#write)
  }

  /** Succeeds when everything put in so far has left the process, or can't any more. */
  readonly flushed: Effect.Effect<void> = Effect.callback<void>((resume) => {
    this.#write()
    if (this.#broken || this.#output.writableLength === 0) return resume(Effect.void)
    const done = () => resume(Effect.void)
    this.#output.once("close", done)
    this.#output.write("", done)
  })

  readonly #write = (): void => {
    this.#scheduled = false
    if (this.#frames.length === 0 || this.#broken) return
    const frames = this.#frames
    this.#frames = []
    this.#output.write(joinFrames(frames))
    if (this.#full || this.#output.writableLength <= backlogBytes) return
    this.#full = true
    this.#onFull(true)
  }

  #relieve(): void {
    if (!this.#full) return
    this.#full = false
    this.#onFull(false)
  }
}
