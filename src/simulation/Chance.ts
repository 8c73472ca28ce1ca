/**
 * Chance that a seed repeats: the same seed gives the same numbers, in every process and on every machine.
 *
 * SplitMix32: one addition and a hash of 32 bits. It is fast, any whole number is a good seed, and two streams that are
 * `split` off the same one share nothing, so what is drawn for one part of a scenario moves nothing in another.
 */
export class Chance {
  #state: number

  /** `seed`: any text or whole number. */
  constructor(seed: number | string) {
    this.#state = typeof seed === "number" ? mix(seed >>> 0) : hashText(seed)
  }

  /** In [0, 1). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x9e37_79b9) >>> 0
    return mix(this.#state) / 0x1_0000_0000
  }

  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  /** True in so many cases of one. */
  isTrue(share: number): boolean {
    return this.next() < share
  }

  /** One of these; throws when there is none. */
  of<A>(choices: ReadonlyArray<A>): A {
    const index = Math.floor(this.next() * choices.length)
    for (const choice of choices.slice(index, index + 1)) return choice
    throw new RangeError("there is nothing to choose from")
  }

  /** One of these, each as often as its weight says. */
  weighed<A>(choices: ReadonlyArray<readonly [weight: number, choice: A]>): A {
    let left = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, choice] of choices) {
      left -= weight
      if (left < 0) return choice
    }
    return this.of(choices)[1]
  }

  /** A stream of its own; `name` tells several apart. */
  split(name: string): Chance {
    return new Chance(hashText(`${name}:${this.#state}`))
  }
}

/** A number in [0, 1) that belongs to a text: for what must not change when something else is drawn or left out. */
export const chanceOf = (text: string): number => mix(hashText(text)) / 0x1_0000_0000

const mix = (value: number): number => {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** FNV-1a. */
const hashText = (text: string): number => {
  let hash = 0x811c_9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193)
  return hash >>> 0
}
