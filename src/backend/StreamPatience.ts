/** How long a server may take to begin a stream for its news, milliseconds. */
export const patienceBounds = {
  /** Then so long, doubled each time that none has begun. */
  leastMillis: 10_000,
  mostMillis: 60_000
} as const

/**
 * Tells a stream that was lost on the way from one whose server begins it with the first news. It goes by how the last
 * one began: a server that was quick and then takes long has not got the request, or is asked again in vain, now and then.
 */
export class StreamPatience {
  #isQuick = false
  #vain = 0

  /** For the next stream; 0: any time. */
  get millis(): number {
    const { leastMillis, mostMillis } = patienceBounds
    return this.#isQuick ? Math.min(leastMillis * 2 ** Math.min(this.#vain, 10), mostMillis) : 0
  }

  /** A stream has begun: as soon as it was asked for, or later. */
  began(isQuick: boolean): void {
    this.#isQuick = isQuick
    this.#vain = 0
  }

  /** None has begun. */
  missed(): void {
    this.#vain++
  }
}
