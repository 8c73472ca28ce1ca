import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { JsonObject } from "../domain/Json.ts"
import type { StateFiles } from "./StateFiles.ts"
import { momentsOf } from "./Status.ts"

/** How often the status file is brought up to date while something changes. */
export const statusMillis = 1_000

/** Writes the status file for `sentinel status`, when it would say something new. */
export const keepStatusFile = (
  state: StateFiles,
  instanceId: string,
  describe: () => JsonObject
): Effect.Effect<void> => {
  let written = ""
  return Effect.gen(function* () {
    const status = describe()
    const clock = yield* Clock.Clock
    const now = Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000
    const moments = momentsOf(status, now)
    if (moments !== written) {
      written = moments
      const at = yield* Clock.currentTimeMillis
      yield* state.saveStatus(instanceId, { at, ...status })
    }
    yield* Effect.sleep(statusMillis)
  }).pipe(
    Effect.catch((error) => Effect.logWarning(error.message).pipe(Effect.andThen(Effect.sleep(statusMillis * 60)))),
    Effect.forever
  )
}
