import type { Writable } from "node:stream"
import { joinFrames } from "../protocol/Framing.ts"

/**
 * Writes newline-ended frames. Those of one turn leave together: a write to a pipe is the largest single cost of a stdio
 * relay. After the other side has closed, frames are dropped; who waits for a reply learns of the end by other means.
 */
export class FrameWriter {
  readonly #sink: Writable
  #frames: Array<string> = []
  #characters = 0

  constructor(sink: Writable) {
    this.#sink = sink
  }

  readonly write = (frame: string): void => {
    if (this.#frames.length === 0) queueMicrotask(this.flush)
    this.#frames.push(frame)
    this.#characters += frame.length + 1
  }

  /** Bytes that the operating system has not taken yet; frames of this very turn are counted in characters. */
  readonly backlogBytes = (): number => this.#characters + (this.#sink.writable ? this.#sink.writableLength : 0)

  readonly flush = (): void => {
    const frames = this.#frames
    this.#frames = []
    this.#characters = 0
    if (frames.length > 0 && this.#sink.writable) this.#sink.write(joinFrames(frames))
  }
}
