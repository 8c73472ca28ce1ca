import * as Latch from "effect/Latch"
import type { ByteInput } from "./ByteInput.ts"

/** An input that stands still as long as at least one of several reasons lasts. */
export class Brake implements ByteInput {
  readonly #input: ByteInput
  readonly #reasons = new Set<string>()
  /** Open while it stands still. */
  readonly standing = Latch.makeUnsafe(false)

  constructor(input: ByteInput) {
    this.#input = input
  }

  readonly listen: ByteInput["listen"] = (onChunk, onEnd) => {
    this.#input.listen(onChunk, onEnd)
    if (this.#reasons.size > 0) this.#input.pause()
  }

  readonly pause = (): void => this.set("listener", true)
  readonly resume = (): void => this.set("listener", false)

  /** Whether it stands still; with a reason: for that one, maybe among others. */
  holds(reason?: string): boolean {
    return reason === undefined ? this.#reasons.size > 0 : this.#reasons.has(reason)
  }

  set(reason: string, holds: boolean): void {
    const held = this.#reasons.size > 0
    if (holds) this.#reasons.add(reason)
    else this.#reasons.delete(reason)
    if (held === this.#reasons.size > 0) return
    if (held) {
      this.standing.closeUnsafe()
      this.#input.resume()
    } else {
      this.standing.openUnsafe()
      this.#input.pause()
    }
  }
}
