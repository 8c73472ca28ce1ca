/** A resource that is watched. */
export interface Watch {
  readonly uri: string
  isAgreed: boolean
  /** How often it was told of an update. */
  updates: number
}

/** The resources that a client watches, by its requests: each of a stream, in the stateless era. */
export class ClientWatches {
  readonly #watches = new Map<number, Watch>()

  /** Those that were agreed to. */
  get agreed(): ReadonlyArray<Watch> {
    return [...this.#watches.values()].filter(({ isAgreed }) => isAgreed)
  }

  has(id: number): boolean {
    return this.#watches.has(id)
  }

  /** The request by which a resource is watched. */
  requestOf(uri: string): number | undefined {
    for (const [id, watch] of this.#watches) if (watch.uri === uri) return id
    return undefined
  }

  begin(id: number, uri: string): void {
    this.#watches.set(id, { uri, isAgreed: false, updates: 0 })
  }

  end(id: number): void {
    this.#watches.delete(id)
  }

  /** The gateway says whether it will tell. */
  answered(id: number, isAgreed: boolean): void {
    const watch = this.#watches.get(id)
    if (watch !== undefined) watch.isAgreed = isAgreed
    if (!isAgreed) this.#watches.delete(id)
  }

  /** An update was told. False: nobody wants to hear of that. */
  updated(uri: string): boolean {
    const watches = [...this.#watches.values()].filter((watch) => watch.uri === uri)
    for (const watch of watches) watch.updates++
    return watches.length > 0
  }

  clear(): void {
    this.#watches.clear()
  }
}
