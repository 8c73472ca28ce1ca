/** The bytes of all bodies that have begun and are not whole yet: many slow clients together are bounded as one is. */
export class ArrivingBodies {
  readonly #limit: number
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Bytes kept now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Counts so many more; false: there is no room for them, and nothing is counted. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#limit) return false
    this.#bytes += bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes
  }
}
