/** How long what is waited for, in milliseconds. */
export const bounds = {
  /** How long the caller waits. */
  answerMillis: 15_000,
  /** How long others are tried, from the fault, or the mending. */
  recoveryMillis: 20_000,
  /** A caller without an answer for so long: others try whether they are served. */
  meanwhileMillis: 2_500,
  retryMillis: 50,
  /** Who has tried for so long tries less often. */
  eagerMillis: 5_000,
  lateRetryMillis: 250,
  /** How long one of the others' calls is waited for, and how long a new session. */
  attemptMillis: 1_000,
  openMillis: 3_000,
  arrivalMillis: 1_000,
  /** The call is really under way. */
  underWayMillis: 20,
  /** How long the word of a changed list is waited for; without it the caller looks then. */
  toldMillis: 3_000,
  lookMillis: 10,
  /** Late duplicates come within it. */
  strayMillis: 100,
  /** Who has waited for so long does not need the turn any more; where a bar is judged it takes longer. */
  aloneMillis: 250,
  judgedMillis: 2_500
} as const
