import { firstProblem, type Law } from "./Law.ts"
import { words } from "./Millis.ts"

/** A state that something had on its way. */
export interface StateAt {
  /** Milliseconds since the history began. */
  readonly at: number
  readonly state: unknown
}

/** What the law asks of a run. */
export interface WithStates {
  readonly states?: ReadonlyArray<StateAt> | undefined
}

export interface SizeBounds {
  /** The most parts that a state may have: see `partsOf`. */
  readonly parts: number
}

/** The characters of a text, or digits of a big number, that count as one more part. */
export const charsOfAPart = 64

/**
 * Histories with so many events for each part are made now and then, so that what is added only at times shows: lives,
 * and of the steps of a circuit, of which few change its state, more.
 */
const livesForAPart = 4
const stepsForAPart = 16

/**
 * A state that remembers every crash passes all other laws, and takes the memory of a process that runs for months. A
 * bound is needed, because what is remembered of a window may grow for long, too, before it stops.
 */
const boundedOver =
  (eventsForAPart: number) =>
  ({ parts }: SizeBounds): Law<WithStates> => ({
    name: `its state never has more than ${parts} parts`,
    soak: 20 + eventsForAPart * parts,
    check: ({ states = [] }) =>
      firstProblem(states, ({ at, state }) =>
        partsOf(state, parts) <= parts ? undefined : `at ${words(at)} its state has more than ${parts} parts`
      )
  })

export const bounded = boundedOver(livesForAPart)

export const boundedCircuit = boundedOver(stepsForAPart)

/**
 * How many parts a state has, counted up to just above `atMost`: each number, text and list or object is one, and so is
 * each of what is in it; a long text is more. What several refer to is counted once. What a function holds, or a private
 * field, can't be seen.
 */
export const partsOf = (state: unknown, atMost = Infinity): number => {
  const seen = new Set<unknown>()
  const open: Array<unknown> = [state]
  let count = 0
  while (open.length > 0 && count <= atMost) {
    const value = open.pop()
    if (typeof value !== "object" || value === null) {
      count += partsOfPlain(value)
    } else if (!seen.has(value)) {
      seen.add(value)
      count++
      for (const inner of membersOf(value)) open.push(inner)
    }
  }
  return count
}

const partsOfPlain = (value: unknown): number => {
  if (typeof value === "string") return 1 + Math.floor(value.length / charsOfAPart)
  return typeof value === "bigint" ? 1 + Math.floor(value.toString(16).length / charsOfAPart) : 1
}

const membersOf = (value: object): Iterable<unknown> => {
  if (value instanceof Map) return [...value.keys(), ...value.values()]
  return value instanceof Set ? value : Object.values(value)
}
