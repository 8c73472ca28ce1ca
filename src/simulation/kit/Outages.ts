import type { Chance } from "../Chance.ts"
import { withoutSome } from "../Shrink.ts"
import { demandLength, demandMarks } from "./Limits.ts"
import { anyMillis, anyRandom, plainer, smaller } from "./Millis.ts"

/** One life of a child, from its start until it is down. Times are in milliseconds. */
export interface Life {
  /** From the start until it is up; of one that never comes up, until its start has failed. */
  readonly startMillis: number
  /** How long it stays up; undefined: it never comes up. */
  readonly upMillis: number | undefined
  /** How much later than was decided the next life begins: a timer is late, the machine slept. */
  readonly lateMillis: number
  /** What the policy gets for chance when this life is over, in [0, 1). */
  readonly random: number
}

/** What happens to a child, as plain data: one life after the other, each of which ends. */
export type History = ReadonlyArray<Life>

export interface OutageOptions {
  /** Lives of a history at most, 1 to 10,000; default `livesAtMost`, in a check more if a law needs more. */
  readonly lives?: number
  /** Times that matter to the policy, milliseconds: what happens, often happens just before or just after one. */
  readonly marks?: ReadonlyArray<number>
}

/** Lives of a generated history at most, unless somebody says otherwise. */
export const livesAtMost = 40

/** A history as it is written in a test. */
export const historyData = (history: History): ReadonlyArray<string> =>
  history.map(
    ({ lateMillis, random, startMillis, upMillis }) =>
      `{ startMillis: ${startMillis}, upMillis: ${upMillis}, lateMillis: ${lateMillis}, random: ${random} }`
  )

/**
 * A history of outages. The same chance gives the same history. Throws a RangeError that names the option which is out
 * of its bounds: `lives` 1 to 10,000, each of `marks` 0 to 10^12 ms.
 */
export const outages = (chance: Chance, { lives = livesAtMost, marks = [] }: OutageOptions = {}): History => {
  demandLength("lives", lives)
  demandMarks(marks)
  // How often each thing happens differs from history to history: crash loops and calm ones are both worth trying.
  const odds: Odds = {
    failsToStart: chance.of([0, 0.2, 0.9]),
    endsAtOnce: chance.of([0, 0.5, 0.9]),
    isLate: chance.of([0, 0, 0.3]),
    startsSlowly: chance.of([0, 0.3])
  }
  return Array.from({ length: chance.whole(1, lives) }, () => life(chance, odds, marks))
}

/** Shares, from 0 to 1. */
interface Odds {
  readonly failsToStart: number
  readonly endsAtOnce: number
  readonly isLate: number
  readonly startsSlowly: number
}

const life = (chance: Chance, odds: Odds, marks: ReadonlyArray<number>): Life => {
  const upMillis = chance.isTrue(odds.endsAtOnce) ? 0 : anyMillis(chance, marks)
  return {
    startMillis: chance.isTrue(odds.startsSlowly) ? anyMillis(chance, []) : 0,
    upMillis: chance.isTrue(odds.failsToStart) ? undefined : upMillis,
    lateMillis: chance.isTrue(odds.isLate) ? anyMillis(chance, marks) : 0,
    random: anyRandom(chance)
  }
}

/** Simpler histories, the boldest first: fewer lives, then plainer ones, all at once or one by one. */
export function* simplerHistories(history: History): Generator<History> {
  yield* withoutSome(history)
  for (const plain of plainings) {
    const all = history.map((life) => ({ ...life, ...plain(life) }))
    if (all.some((life, index) => !same(life, history[index]))) yield all
  }
  for (const [index, life] of history.entries()) {
    for (const simpler of simplerLives(life)) yield history.with(index, simpler)
  }
  yield* withReadyTimeGathered(history)
}

/** What matters is often when something happens, and not which life came to it: one long life is as good as two. */
function* withReadyTimeGathered(history: History): Generator<History> {
  for (const [index, { upMillis: given = 0 }] of history.entries()) {
    for (const [other, { upMillis = 0 }] of history.entries()) {
      if (other === index || given === 0 || upMillis === 0) continue
      yield history.map((life, at) => {
        if (at === index) return { ...life, upMillis: undefined }
        return at === other ? { ...life, upMillis: upMillis + given } : life
      })
    }
  }
}

const plainings: ReadonlyArray<(life: Life) => Partial<Life>> = [
  () => ({ lateMillis: 0 }),
  () => ({ startMillis: 0 }),
  () => ({ random: 0.5 }),
  () => ({ upMillis: undefined }),
  ({ upMillis }) => ({ upMillis: upMillis === undefined ? undefined : 0 })
]

const same = (one: Life, other: Life | undefined): boolean =>
  other !== undefined &&
  one.startMillis === other.startMillis &&
  one.upMillis === other.upMillis &&
  one.lateMillis === other.lateMillis &&
  one.random === other.random

function* simplerLives(life: Life): Generator<Life> {
  if (life.upMillis !== undefined) {
    yield { ...life, upMillis: undefined }
    for (const upMillis of smaller(life.upMillis)) yield { ...life, upMillis }
  }
  for (const lateMillis of smaller(life.lateMillis)) yield { ...life, lateMillis }
  // Something may depend on when it goes down, to the millisecond.
  if (life.startMillis > 0 && life.upMillis !== undefined && life.upMillis > 0) {
    yield { ...life, startMillis: 0, upMillis: life.upMillis + life.startMillis }
  }
  for (const startMillis of smaller(life.startMillis)) yield { ...life, startMillis }
  for (const random of plainer(life.random)) yield { ...life, random }
}
