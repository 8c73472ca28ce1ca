import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** Lets a command end in its own way when it is told to: `begin` is called at the first signal in place of the usual stop. */
export type OnFirstSignal = (begin: () => void) => void

/** What the process offers (`runProcess`); without one a signal never comes. */
export const FirstSignal: Context.Reference<OnFirstSignal> = Context.Reference("sentinel/cli/FirstSignal", {
  defaultValue: (): OnFirstSignal => () => undefined
})

/** Succeeds at the first SIGINT, SIGTERM or SIGHUP, which then ends nothing by itself; the second one does, at once. */
export const untilTold: Effect.Effect<void> = Effect.flatMap(Effect.service(FirstSignal), (onFirstSignal) =>
  Effect.callback<void>((resume) => onFirstSignal(() => resume(Effect.void)))
)
