/**
 * The known name that was probably meant, if one is close enough to be worth a guess: the same but for case and
 * separators (`timeoutSecs`), the beginning of exactly one (`timeout`), or a few slips of the keyboard away.
 */
export const nearest = (written: string, known: Iterable<string>): string | undefined => {
  const names = [...known]
  const plain = fold(written)
  const same = names.find((name) => fold(name) === plain)
  if (same !== undefined) return same
  const longer = names.filter((name) => plain.length >= 4 && fold(name).startsWith(plain))
  if (longer.length === 1) return longer[0]
  const allowedSlips = Math.max(1, Math.floor(plain.length / 3))
  const [best] = names
    .map((name) => ({ name, slips: editDistance(plain, fold(name)) }))
    .filter(({ slips }) => slips <= allowedSlips)
    .sort((a, b) => a.slips - b.slips)
  return best?.name
}

const fold = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "")

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
export const editDistance = (from: string, to: string): number => {
  let beforeLast: ReadonlyArray<number> = []
  let last: ReadonlyArray<number> = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1]
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      const costs = [
        cell(last, column) + 1,
        cell(current, column - 1) + 1,
        cell(last, column - 1) + (isSame ? 0 : 1),
        isSwap ? cell(beforeLast, column - 2) + 1 : Infinity
      ]
      current.push(Math.min(...costs))
    }
    beforeLast = last
    last = current
  }
  return cell(last, to.length)
}

const cell = (row: ReadonlyArray<number>, column: number): number => row[column] ?? Infinity
