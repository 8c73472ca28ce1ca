import type { Chance } from "../Chance.ts"
import type { CircuitHistory } from "./CircuitHistory.ts"
import type { CircuitRun } from "./CircuitRun.ts"
import type { History } from "./Outages.ts"
import type { RestartRun } from "./RestartRun.ts"

/** The share of histories for which a brink is looked for: the search asks some thirty times. */
export const brinkShare = 0.25

/** How often it is looked for where something was given up, and not just anywhere. */
export const turnShare = 0.9

/**
 * The first millisecond after `from` at which the answer is no longer what it was at `from`, found by halving; undefined:
 * at `to` it is the same.
 */
export const brinkOf = (from: number, to: number, answer: (millis: number) => string): number | undefined => {
  const first = answer(from)
  if (answer(to) === first) return undefined
  let [same, other] = [from, to]
  while (other - same > 1) {
    const middle = same + Math.floor((other - same) / 2)
    if (answer(middle) === first) same = middle
    else other = middle
  }
  return other
}

/**
 * Histories that end where a policy changes its mind: its last life is up until the last millisecond at which it decides
 * one thing, or the first at which it decides another. So a window that is a millisecond too short is met, wherever it
 * begins and whatever length it has, as long as no mark is shorter.
 */
export function* brinks(
  history: History,
  { lives }: RestartRun,
  marks: ReadonlyArray<number>,
  chance: Chance,
  decided: (history: History) => string
): Generator<History> {
  const quarantines = lives.flatMap(({ decision }, index) =>
    decision._tag === "Quarantine" && lives[index - 1]?.decision._tag === "Restart" ? [index] : []
  )
  const last = placeOfBrink(lives.length, quarantines, marks, chance)
  const life = history[last ?? 0]
  if (last === undefined || life === undefined) return
  // With a delay in whole milliseconds a start can fall exactly upon an edge.
  const random = chance.of([0, 0.5, life.random])
  const until = (upMillis: number): History => [...history.slice(0, last), { ...life, random, upMillis }]
  const from = life.upMillis ?? 0
  const brink = brinkOf(from, from + Math.ceil(Math.max(...marks)), (upMillis) => decided(until(upMillis)))
  if (brink === undefined) return
  yield until(brink - 1)
  yield until(brink)
}

/** The same for circuits: histories that end with a wait, and the step that means one thing before it and another after. */
export function* brinksOfCircuit(
  history: CircuitHistory,
  { moves }: CircuitRun,
  marks: ReadonlyArray<number>,
  chance: Chance,
  answered: (history: CircuitHistory) => string
): Generator<CircuitHistory> {
  const openings = moves.flatMap(({ after, before }, index) => (before === "Closed" && after === "Open" ? [index] : []))
  const last = placeOfBrink(moves.length, openings, marks, chance)
  const step = history[last ?? 0]
  if (last === undefined || step === undefined) return
  const after = (millis: number): CircuitHistory => [...history.slice(0, last), { _tag: "Wait", millis }, step]
  const brink = brinkOf(0, Math.ceil(Math.max(...marks)), (millis) => answered(after(millis)))
  if (brink === undefined) return
  yield after(brink - 1)
  yield after(brink)
}

/** Which life or step is moved to its brink; undefined: none, this time. */
const placeOfBrink = (
  count: number,
  turns: ReadonlyArray<number>,
  marks: ReadonlyArray<number>,
  chance: Chance
): number | undefined => {
  if (marks.length === 0 || count === 0 || !chance.isTrue(brinkShare)) return undefined
  return turns.length > 0 && chance.isTrue(turnShare) ? chance.of(turns) : chance.whole(0, count - 1)
}
