/**
 * Who owns which public name. Kept over restarts, so that a name never moves to another backend without approval, also
 * not when its owner is down at boot (INV-6). Names that differ only by case are one name here: a person or a model
 * that reads `Mail__send` and `mail__send` takes them for the same.
 */
export class NameOwners {
  readonly #owners: Map<string, string>
  readonly #limit: number
  #changed = false

  constructor(recorded: ReadonlyMap<string, string>, limit: number) {
    this.#owners = new Map(recorded)
    this.#limit = limit
  }

  ownerOf(publicName: string): string | undefined {
    return this.#owners.get(publicName.toLowerCase())
  }

  /** The owner of a name; the first to claim a free one gets it. `undefined`: the table is full. */
  claim(publicName: string, backend: string): string | undefined {
    const key = publicName.toLowerCase()
    const owner = this.#owners.get(key)
    if (owner !== undefined) return owner
    if (this.#owners.size >= this.#limit) return undefined
    this.#owners.set(key, backend)
    this.#changed = true
    return backend
  }

  /** What to write down, if anything changed since the last time it was asked. */
  takeChanges(): Readonly<Record<string, string>> | undefined {
    if (!this.#changed) return undefined
    this.#changed = false
    return Object.fromEntries(this.#owners)
  }
}
