/** A few measurements of the same thing: in the middle, at worst, and how many there never were. */
import { median } from "../../bench/statistics.ts"

export interface Spread {
  /** NaN: there was none. */
  readonly median: number
  readonly max: number
  readonly missing: number
  readonly of: number
}

export const spreadOf = (values: ReadonlyArray<number | undefined>): Spread => {
  const present = values.flatMap((value) => value ?? [])
  return {
    median: median(present),
    max: present.length === 0 ? Number.NaN : Math.max(...present),
    missing: values.length - present.length,
    of: values.length
  }
}

/** `6.2 ms`, `534 ms`, `2.72 s`. */
export const timeText = (millis: number): string => {
  if (millis >= 999.5) return `${(millis / 1_000).toFixed(2)} s`
  return `${millis.toFixed(millis < 9.95 ? 1 : 0)} ms`
}

/** Median and maximum, with what is said of those that are missing. */
export const spreadText = ({ max, median, missing, of }: Spread, never: string): string => {
  if (missing === of) return never
  const times = of === 1 ? timeText(median) : `${timeText(median)} (${timeText(max)})`
  return missing === 0 ? times : `${times}; ${never} in ${missing} of ${of}`
}
