import { between, wholeBetween } from "../../machine/Bounds.ts"
import type { Chance } from "../Chance.ts"
import { marksOf, type Law } from "./Law.ts"

/** Histories that a check may try at most. */
export const runsMost = 10_000_000

/** Lives, or steps, that a history may have at most. */
export const lengthMost = 10_000

/** What the laws of a check may ask for at most, of lives or steps; more, who wants it must ask for. */
export const lengthOfLawsMost = 2_000

/** The latest time around which histories may be made, milliseconds: some 31 years. */
export const markMost = 1_000_000_000_000

/** Throws what a bound says. */
const demand = (problem: string | undefined): void => {
  if (problem !== undefined) throw new RangeError(problem)
}

export const demandLength = (name: string, length: number): void => demand(wholeBetween(name, length, 1, lengthMost))

export const demandMarks = (marks: ReadonlyArray<number>, whose = ""): void => {
  for (const mark of marks) demand(between(`marks${whose}`, mark, 0, markMost))
}

export const demandRuns = (runs: number): void => demand(wholeBetween("runs", runs, 1, runsMost))

export const demandRun = (run: number): void => demand(wholeBetween("run", run, 0, runsMost - 1))

export const demandSeed = (seed: number | string): void =>
  demand(
    typeof seed === "string" || Number.isSafeInteger(seed)
      ? undefined
      : `seed must be a text or a whole number, but is ${seed}`
  )

/** The share of histories that are as long as a law's `soak` asks for. */
export const soakShare = 0.02

/** Lives, or steps, that the next history may have. */
export const lengthOf = (chance: Chance, length: number, soak: number): number =>
  soak > length && chance.isTrue(soakShare) ? soak : length

/** What laws ask of the histories: the marks of all, and the lengths of those that need the longest. */
export const demandsOf = (
  laws: ReadonlyArray<Law<never>>,
  lengthDefault: number
): { readonly marks: ReadonlyArray<number>; readonly length: number; readonly soak: number } => {
  for (const { marks = [], name } of laws) demandMarks(marks, ` of the law "${name}"`)
  const longest = laws.reduce((most, { length = 0 }) => Math.max(most, length), lengthDefault)
  return {
    marks: marksOf(laws),
    length: Math.min(longest, Math.max(lengthDefault, lengthOfLawsMost)),
    soak: Math.min(
      lengthMost,
      laws.reduce((most, { soak = 0 }) => Math.max(most, soak), 0)
    )
  }
}
