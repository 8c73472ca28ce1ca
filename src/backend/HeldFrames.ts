import type { Outgoing } from "./Transport.ts"

export interface HeldFrame {
  readonly frame: string
  readonly outgoing: Outgoing
}

/** Messages that wait until an earlier one has been taken: each is an HTTP request of its own, and may overtake it. */
export class HeldFrames {
  #frames: Array<HeldFrame> | undefined
  #length = 0

  /** Whether messages are to be held. */
  get isHolding(): boolean {
    return this.#frames !== undefined
  }

  /** Characters that are held. */
  get length(): number {
    return this.#length
  }

  hold(): void {
    this.#frames ??= []
  }

  add(held: HeldFrame): void {
    this.#frames?.push(held)
    this.#length += held.frame.length
  }

  /** Nobody wants the answer to this request any more. False: it is not held. */
  forget(id: string): boolean {
    for (const held of this.#frames ?? []) {
      if (held.outgoing._tag !== "Request" || held.outgoing.id !== id) continue
      this.#frames = this.#frames?.filter((other) => other !== held)
      this.#length -= held.frame.length
      return true
    }
    return false
  }

  /** The requests among them, by their ids. */
  requests(): ReadonlyArray<string> {
    return (this.#frames ?? []).flatMap(({ outgoing }) => (outgoing._tag === "Request" ? [outgoing.id] : []))
  }

  /** Ends the waiting: what was held, in order. */
  release(): ReadonlyArray<HeldFrame> {
    const frames = this.#frames ?? []
    this.#frames = undefined
    this.#length = 0
    return frames
  }
}
