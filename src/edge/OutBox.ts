import * as Effect from "effect/Effect"
import type { Writable } from "node:stream"
import type { Minor } from "../gateway/SessionSettings.ts"
import { joinFrames } from "../protocol/Framing.ts"

/** Bytes waiting for a client that does not read; beyond it no more is read from that client. */
export const backlogBytes = 1024 * 1024

/** Characters of hints, and of their names, kept for such a client; more is dropped. */
export const hintsLength = 1024 * 1024

/**
 * Bytes waiting for a client at which its session ends: eight of the largest replies. A client that reads at all is
 * never so far behind, since no more is read from it than what it has to read.
 */
export const unreadBytes = 128 * 1024 * 1024

/**
 * Frames on their way to one client. What one turn of the event loop brings leaves in one write: a write to a pipe is
 * the largest single cost of a relay. A client that stops reading is not read from any more, and loses what it can do
 * without: progress, log messages, and of hints that say the same all but the last.
 */
export class OutBox {
  readonly #output: Writable
  readonly #onFull: (full: boolean) => void
  #frames: Array<string> = []
  /** The hints that came while it was full, by name. */
  readonly #hints = new Map<string, string>()
  #hintsLength = 0
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

  /** Takes a frame; while the client is behind, minor ones are dropped and hints wait. */
  put(frame: string, minor: Minor): void {
    if (this.#broken) return
    if (minor !== false && this.#full) return typeof minor === "string" ? this.#keep(minor, frame) : undefined
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
    const waiting = this.#output.writableLength
    if (this.#full) return waiting > unreadBytes ? this.#giveUp(waiting) : undefined
    if (waiting <= backlogBytes) return
    this.#full = true
    this.#onFull(true)
  }

  /** Keeps the last hint of a name. */
  #keep(name: string, hint: string): void {
    const known = this.#hints.get(name)
    const length = this.#hintsLength + hint.length - (known === undefined ? -name.length : known.length)
    if (length > hintsLength) return
    this.#hintsLength = length
    this.#hints.set(name, hint)
  }

  #relieve(): void {
    if (!this.#full) return
    this.#full = false
    const hints = [...this.#hints.values()]
    this.#hints.clear()
    this.#hintsLength = 0
    for (const hint of hints) this.put(hint, false)
    this.#onFull(false)
  }

  /** Closes the way out, which ends the session: what waits can't grow for ever. */
  #giveUp(waiting: number): void {
    this.#broken = true
    this.#hints.clear()
    this.#output.destroy(new Error(`the client does not read: ${waiting} bytes wait for it`))
  }
}
