import type * as Effect from "effect/Effect"
import type { Experience } from "../simulation/Experience.ts"
import { print } from "./Print.ts"
import { table } from "./Table.ts"
import { count, span } from "./Words.ts"

/** What was done to one backend, and what its clients saw. */
export interface ChaosRow extends Experience {
  readonly backend: string
  readonly faults: number
}

/** What must not be crossed; `undefined`: nothing is asked for. */
export interface Thresholds {
  /** Per cent. */
  readonly minAvailability: number | undefined
  /** Seconds. */
  readonly maxOutage: number | undefined
  readonly maxUnknown: number | undefined
}

/** How the row of all backends is called: no backend can have that name. */
const sumName = "(all)"

export const headings = [
  "BACKEND",
  "FAULTS",
  "CALLS",
  "AVAILABLE",
  "FAILED",
  "REFUSED",
  "UNKNOWN",
  "OUTAGES",
  "RECOVERY",
  "LONGEST"
]

/** The result as a person reads it. */
export const printReport = (
  all: Experience,
  backends: ReadonlyArray<ChaosRow>,
  { minutes, seed }: { readonly minutes: number; readonly seed: number }
): Effect.Effect<void> => {
  const total = { ...all, backend: sumName, faults: backends.reduce((sum, { faults }) => sum + faults, 0) }
  return print(
    [
      `${count(minutes, "simulated minute")} of faults, seed ${seed}; nothing was started`,
      "",
      table(headings, [...backends, total].map(cellsOf)),
      "",
      "available: calls that the server answered. refused: surely not sent, safe to repeat. unknown: sent, no reply.",
      "recovery: from a call that got no answer to the next that did, in the middle; longest: at worst. What is still down",
      "when the faults stop counts until then."
    ].join("\n")
  )
}

const cellsOf = (row: ChaosRow): ReadonlyArray<string> => [
  row.backend,
  String(row.faults),
  String(row.calls),
  percent(row.availability),
  String(row.failed),
  String(row.refused),
  String(row.unknown),
  String(row.outages),
  span(row.recoveryMillis),
  span(row.longestOutageMillis)
]

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`

/** The options of those thresholds that are asked for. */
export const thresholdOptions = ({ maxOutage, maxUnknown, minAvailability }: Thresholds): ReadonlyArray<string> => [
  ...(minAvailability === undefined ? [] : ["--min-availability"]),
  ...(maxOutage === undefined ? [] : ["--max-outage"]),
  ...(maxUnknown === undefined ? [] : ["--max-unknown"])
]

/** Which thresholds were crossed, in words. */
export const crossedBy = (
  { availability, longestOutageMillis, unknown }: Experience,
  { maxOutage, maxUnknown, minAvailability }: Thresholds
): ReadonlyArray<string> => {
  const [available, outage] = [availability * 100, longestOutageMillis / 1_000]
  const crossed: Array<string> = []
  if (minAvailability !== undefined && available < minAvailability) {
    crossed.push(`available ${apart(available, minAvailability, 2)} %, less than --min-availability ${minAvailability}`)
  }
  if (maxOutage !== undefined && outage > maxOutage) {
    crossed.push(`longest outage ${apart(outage, maxOutage, 1)} s, more than --max-outage ${maxOutage}`)
  }
  if (maxUnknown !== undefined && unknown > maxUnknown) {
    crossed.push(`${count(unknown, "unknown outcome")}, more than --max-unknown ${maxUnknown}`)
  }
  return crossed
}

/** Digits after the point beyond which a number is printed as it is. */
const mostDigits = 12

/** A number with so many digits after the point, or with as many as tell it from the bound that it has crossed. */
const apart = (value: number, bound: number, digits: number): string => {
  const text = value.toFixed(digits)
  if (digits >= mostDigits) return String(value)
  return Math.sign(Number(text) - bound) === Math.sign(value - bound) ? text : apart(value, bound, digits + 1)
}
