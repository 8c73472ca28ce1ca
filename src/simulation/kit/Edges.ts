import type { Chance } from "../Chance.ts"
import type { CircuitHistory } from "./CircuitHistory.ts"
import type { CircuitRun } from "./CircuitRun.ts"
import type { History } from "./Outages.ts"
import { randomMost } from "./Millis.ts"
import type { RestartRun } from "./RestartRun.ts"

/** Histories that are made of one that was played, at most. */
export const edgesAtMost = 4

/** Between two starts that are moved a mark apart, lives at most. */
const livesApart = 5

/**
 * Histories like the one that was played, in each of which one life is longer or shorter, so that a start falls just
 * before or after an earlier one plus a mark: the edge of a window, which chance alone would rarely meet.
 */
export function* edges(
  history: History,
  { lives }: RestartRun,
  marks: ReadonlyArray<number>,
  chance: Chance
): Generator<History> {
  if (marks.length === 0 || lives.length === 0) return
  for (let edge = 0; edge < edgesAtMost; edge++) {
    const from = chance.whole(0, lives.length - 1)
    const to = Math.min(lives.length - 1, from + chance.whole(1, livesApart))
    const at = (lives[from]?.nextAt ?? 0) + chance.of(marks) + chance.whole(-2, 2)
    const upMillis = (history[to]?.upMillis ?? 0) + at - (lives[to]?.nextAt ?? 0)
    if (upMillis >= 0) yield history.map((life, index) => (index === to ? { ...life, upMillis } : life))
  }
}

/**
 * The same for circuits: histories that end with an opening of the one that was played, a wait until just before or
 * after a mark, and a call that asks whether it is over. Chance is often at one of its ends, because what an opening may
 * last at least, or at most, shows only there.
 */
export function* openings(
  history: CircuitHistory,
  { moves }: CircuitRun,
  marks: ReadonlyArray<number>,
  chance: Chance
): Generator<CircuitHistory> {
  const opened = moves.flatMap(({ after, before }, index) => (before !== "Open" && after === "Open" ? [index] : []))
  if (marks.length === 0 || opened.length === 0) return
  for (let edge = 0; edge < edgesAtMost; edge++) {
    const millis = Math.max(0, Math.floor(chance.of(marks)) + chance.whole(-2, 2))
    const last = chance.of(opened)
    const step = history[last]
    if (step?._tag !== "Record") continue
    const random = chance.of([0, randomMost, step.random])
    yield [...history.slice(0, last), { ...step, random }, { _tag: "Wait", millis }, { _tag: "Admit" }]
  }
}
