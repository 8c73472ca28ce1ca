import { createHash } from "node:crypto"

/** What was seen in a run, line by line, and the digest that two runs are compared by. */
export class Trace {
  readonly #hash = createHash("sha256")
  readonly #lines: Array<string> | undefined
  #count = 0

  /** `keeps`: the lines themselves are kept as well, for a person to read. */
  constructor(keeps: boolean) {
    this.#lines = keeps ? [] : undefined
  }

  add(line: string): void {
    this.#count++
    this.#hash.update(line)
    this.#hash.update("\n")
    this.#lines?.push(line)
  }

  /** How many lines there were. */
  get count(): number {
    return this.#count
  }

  /** Empty unless they are kept. */
  get lines(): ReadonlyArray<string> {
    return this.#lines ?? []
  }

  /** SHA-256 of all lines. For the end of the run. */
  digest(): string {
    return this.#hash.digest("hex")
  }
}
