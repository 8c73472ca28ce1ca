/**
 * The longest time any setting of a machine may have, milliseconds (7 days). Even doubled by jitter it stays below what
 * a Node timer can hold (2^31 - 1 ms); a longer timer fires at once.
 */
export const longestMillis = 604_800_000

/** Which bound `value` breaks, in words, or undefined. NaN and infinities break every bound. */
export const between = (name: string, value: number, low: number, high: number): string | undefined =>
  value >= low && value <= high ? undefined : `${name} must be between ${low} and ${high}, but is ${value}`

/** As `between`, for counts. */
export const wholeBetween = (name: string, value: number, low: number, high: number): string | undefined =>
  Number.isInteger(value)
    ? between(name, value, low, high)
    : `${name} must be a whole number between ${low} and ${high}, but is ${value}`

/** Which bound a fraction of jitter breaks: at 1 a delay could become nothing. */
export const jitterBound = (jitter: number): string | undefined => between("jitter", jitter, 0, 0.9)

/** Which bound a cap breaks that must not lie below where the growth starts. */
export const notBelow = (name: string, value: number, floorName: string, floor: number): string | undefined =>
  value >= floor ? undefined : `${name} must not be below ${floorName}, but ${value} is below ${floor}`
