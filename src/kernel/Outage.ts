import * as Effect from "effect/Effect"

/** What is said about something that fails for a while, and is tried again. */
export interface Outage {
  /** Warns at the first failure only; true: this was the first. */
  readonly complain: (complaint: string) => Effect.Effect<boolean>
  /** Says after the last one that it is over. */
  readonly rejoice: Effect.Effect<void>
}

/** One warning an outage, and one word that it is `over`: not one for each attempt. */
export const oncePerOutage = (over: string): Outage => {
  let isOut = false
  return {
    complain: (complaint) =>
      Effect.suspend(() => {
        if (isOut) return Effect.succeed(false)
        isOut = true
        return Effect.as(Effect.logWarning(complaint), true)
      }),
    rejoice: Effect.suspend(() => {
      if (!isOut) return Effect.void
      isOut = false
      return Effect.logInfo(over)
    })
  }
}
