import * as Effect from "effect/Effect"

/** Calls a listener. What it throws is logged under `name` and goes no further: a listener changes nothing. */
export const notify = (name: string, listener: () => void): Effect.Effect<void> =>
  Effect.catchCause(Effect.sync(listener), (cause) => Effect.logError(`a listener of ${name} failed`, cause))
