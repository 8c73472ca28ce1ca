/** What may be left out or made simpler of something that fails. */
export interface Shrinking<A> {
  /** Simpler versions of it, the boldest first; each is tried for itself. */
  readonly simpler: (value: A) => Iterable<A>
  /** Whether it still fails in the same way. */
  readonly fails: (value: A) => boolean
  /** Tries at most; default `shrinkTries`. */
  readonly tries?: number
}

/** How many simpler versions are tried before the best found so far is good enough. */
const shrinkTries = 2_000

/** The simplest version found that still fails: as soon as one does, the search goes on from that one. */
export const shrink = <A>(
  start: A,
  { fails, simpler, tries = shrinkTries }: Shrinking<A>
): { readonly value: A; readonly tried: number } => {
  let value = start
  let tried = 0
  const findSimpler = (): A | undefined => {
    for (const candidate of simpler(value)) {
      if (tried >= tries) return undefined
      tried++
      if (fails(candidate)) return candidate
    }
    return undefined
  }
  for (let found = findSimpler(); found !== undefined; found = findSimpler()) value = found
  return { value, tried }
}

/**
 * A list without some of its members: first without one half or the other, then without ever smaller pieces, last
 * without a single one (Zeller and Hildebrandt, delta debugging).
 */
export function* withoutSome<A>(list: ReadonlyArray<A>): Generator<ReadonlyArray<A>> {
  for (let size = list.length; size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < list.length; start += size) {
      yield [...list.slice(0, start), ...list.slice(start + size)]
    }
  }
}
