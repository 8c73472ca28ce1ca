/**
 * Who owns which public name. Kept over restarts, so that a name never moves to another backend without approval, also
 * not when its owner is down at boot (INV-6). Names that differ only by case are one name here: a person or a model
 * that reads `Mail__send` and `mail__send` takes them for the same.
 */
export class NameOwners {
  readonly #owners: Map<string, string>
  readonly #counts = new Map<string, number>()
  readonly #limit: number
  #changed = false

  /** `limit`: most names of one backend. A share of its own, or one that makes up names would use up all. */
  constructor(recorded: ReadonlyMap<string, string>, limit: number) {
    this.#owners = new Map(recorded)
    this.#limit = limit
    for (const owner of recorded.values()) this.#count(owner)
  }

  ownerOf(publicName: string): string | undefined {
    return this.#owners.get(publicName.toLowerCase())
  }

  /** The owner of a name; the first to claim a free one gets it. `undefined`: this backend has as many as it may. */
  claim(publicName: string, backend: string): string | undefined {
    const key = publicName.toLowerCase()
    const owner = this.#owners.get(key)
    if (owner !== undefined) return owner
    if ((this.#counts.get(backend) ?? 0) >= this.#limit) return undefined
    this.#owners.set(key, backend)
    this.#count(backend)
    this.#changed = true
    return backend
  }

  /** What to write down, if anything changed since the last time it was asked. */
  takeChanges(): Readonly<Record<string, string>> | undefined {
    if (!this.#changed) return undefined
    this.#changed = false
    return Object.fromEntries(this.#owners)
  }

  #count(backend: string): void {
    this.#counts.set(backend, (this.#counts.get(backend) ?? 0) + 1)
  }
}
