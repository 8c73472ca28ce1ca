import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { JsonObject } from "../domain/Json.ts"
import { oncePerOutage } from "../kernel/Outage.ts"
import type { StateFiles } from "./StateFiles.ts"
import { momentsOf } from "./Status.ts"

/** After a write that failed the next look comes so many times later. */
export const statusPatience = 2

/** Writes the status file for `sentinel status`, when it would say something new. */
export const keepStatusFile = (
  state: StateFiles,
  instanceId: string,
  describe: () => JsonObject
): Effect.Effect<void> => {
  let written = ""
  const { complain, rejoice } = oncePerOutage("the status file is written again")
  return Effect.gen(function* () {
    const status = describe()
    const clock = yield* Clock.Clock
    const now = Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000
    const moments = momentsOf(status, now)
    if (moments !== written) {
      const at = yield* Clock.currentTimeMillis
      yield* state.saveStatus(instanceId, { at, ...status })
      written = moments
      yield* rejoice
    }
    yield* Effect.sleep(state.statusMillis)
  }).pipe(
    Effect.catch(({ message }) =>
      complain(`${message}. It is tried again; meanwhile sentinel status shows what was before`).pipe(
        Effect.andThen(Effect.sleep(state.statusMillis * statusPatience))
      )
    ),
    Effect.forever
  )
}
