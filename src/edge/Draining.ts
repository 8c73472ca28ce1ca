import * as Effect from "effect/Effect"
import { retryMillis } from "./EventStream.ts"
import type { HttpSessions } from "./HttpSessions.ts"
import type { OpenAnswers } from "./OpenAnswers.ts"

/** A client that has lost its stream is told to come back after `retryMillis`; when the gateway ends it gets so long. */
export const comebackMillis = 2 * retryMillis

/** How often it is looked at that time whether anybody is there for whom calls run, in milliseconds. */
const lookMillis = 100

/** Succeeds when nothing is left to wait for: no call runs, or only calls that ask a client who does not come back. */
export const callsOver = (answers: OpenAnswers, sessions: HttpSessions): Effect.Effect<void> =>
  Effect.raceFirst(
    noCall(answers),
    onlyStranded(() => answers.calls <= sessions.strandedCalls())
  )

const noCall = (answers: OpenAnswers): Effect.Effect<void> =>
  Effect.callback<void>((resume) => Effect.sync(answers.whenNoCall(() => resume(Effect.void))))

const onlyStranded = Effect.fnUntraced(function* (areStranded: () => boolean) {
  do {
    while (!areStranded()) yield* Effect.sleep(lookMillis)
    yield* Effect.sleep(comebackMillis)
  } while (!areStranded())
})
