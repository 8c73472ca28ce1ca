import type { Chance } from "../Chance.ts"

/** Of times that two sums should make equal, what floating point may make of it, milliseconds. */
export const toleranceMillis = 1e-6

/** `1,500 ms`; of a fraction what a law goes by. */
export const words = (millis: number): string => `${inDigits(Number(millis))} ms`

/** `7 %`. */
export const percent = (share: number): string => `${inDigits(share * 100)} %`

const inDigits = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 6 })

/**
 * What the clock may say when a history begins, milliseconds: nothing, some minutes, or more than 32 bits hold. Its
 * fraction is one that binary numbers hold exactly, so that two sums which should be equal are.
 */
export const anyOrigin = (chance: Chance): number => {
  const most = chance.weighed<number>([
    [2, 0],
    [1, 600_000],
    [1, 2 ** 31]
  ])
  if (most === 0) return 0
  return (most === 600_000 ? 1 : most) + chance.whole(0, most) + chance.whole(0, 7) / 8
}

/** Plainer origins. */
export function* plainerOrigins(originMillis: number): Generator<number> {
  if (originMillis === 0) return
  yield 0
  for (const plainer of [1, 2 ** 31, Math.floor(originMillis)]) if (plainer < originMillis) yield plainer
}

/**
 * A time that may matter, in whole milliseconds: nothing, a moment, some seconds, some minutes, or about one of the
 * `marks`, most often within 2 ms of it, where an off-by-one shows.
 */
export const anyMillis = (chance: Chance, marks: ReadonlyArray<number>): number => {
  const most = chance.weighed<number | "mark">([
    [4, 0],
    [2, 20],
    [2, 2_000],
    [1, 120_000],
    [marks.length === 0 ? 0 : 4, "mark"]
  ])
  return most === "mark" ? aroundMark(chance, chance.of(marks)) : chance.whole(0, most)
}

const aroundMark = (chance: Chance, mark: number): number => {
  const factor = chance.weighed<number>([
    [3, 1],
    [1, chance.next()],
    [1, 1 + chance.next()]
  ])
  return Math.max(0, Math.floor(mark * factor) + chance.whole(-2, 2))
}

/** Smaller times, the boldest first: nothing, the half, three quarters, and so on up to one less. */
export function* smaller(millis: number): Generator<number> {
  if (millis <= 0) return
  yield 0
  for (let step = Math.floor(millis / 2); step >= 1; step = Math.floor(step / 2)) yield millis - step
}

/** Plainer numbers for what stands for chance: the middle, then nothing. */
export function* plainer(random: number): Generator<number> {
  if (random !== 0.5) yield 0.5
  if (random !== 0.5 && random !== 0) yield 0
}

/** The most that chance is made, a little below 1. */
export const randomMost = 0.999_999

/** A number for chance, both of its ends often. */
export const anyRandom = (chance: Chance): number =>
  chance.weighed([
    [1, 0],
    [1, randomMost],
    [2, chance.next()]
  ])
