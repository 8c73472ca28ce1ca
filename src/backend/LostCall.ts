import type { Entry } from "./Entry.ts"
import type { RequestFailure } from "./Transport.ts"

/** How often a call that surely was not sent goes out again, besides `retries`. */
export const freeRepeats = 1

/**
 * Whether a call goes out again that got no reply: `alone`, as the only one on a line that stands, or with its line. It
 * is counted as an attempt if it is one of the `retries`. What may have been done is never done again, unless it is
 * repeatable (INV-3).
 */
export const goesOutAgain = (entry: Entry, alone: RequestFailure | undefined, retries: number): boolean => {
  if (entry.held !== undefined || alone?.authentication === true) return false
  // It is as if it had come a moment later, when the line was down and calls waited: once, for free.
  if (alone?.sent === false && entry.notSent <= freeRepeats) return true
  const safe = alone?.sent === false || entry.addressed.repeatable
  if (!safe || entry.attempts >= retries) return false
  entry.attempts++
  return true
}
