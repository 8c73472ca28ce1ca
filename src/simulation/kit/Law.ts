/** A promise about how something behaves, checked on a recording of what it did. */
export interface Law<Run> {
  /** The number of the gateway's own promise that it states, if it does. */
  readonly invariant?: number
  /** As a sentence. */
  readonly name: string
  /** What breaks the law, in words, or undefined. */
  readonly check: (run: Run) => string | undefined
  /** Times on which it turns, milliseconds: histories are made with times just below and just above each. */
  readonly marks?: ReadonlyArray<number>
  /** Lives, or steps of a circuit, that a history must be able to have for it to be broken; up to 2,000 are heeded. */
  readonly length?: number
  /** The same of what shows in time only: one history in some is as long, up to 10,000. */
  readonly soak?: number
}

/** A law's sentence, with its number. */
export const titleOf = ({ invariant, name }: Law<never>): string =>
  invariant === undefined ? name : `${name} (INV-${invariant})`

/** The times on which any of these laws turns. */
export const marksOf = (laws: ReadonlyArray<Law<never>>): ReadonlyArray<number> => [
  ...new Set(laws.flatMap(({ marks = [] }) => marks))
]

/** The first problem that any of them has. */
export const firstProblem = <A>(
  list: ReadonlyArray<A>,
  problem: (value: A, index: number) => string | undefined
): string | undefined => {
  for (const [index, value] of list.entries()) {
    const found = problem(value, index)
    if (found !== undefined) return found
  }
  return undefined
}
