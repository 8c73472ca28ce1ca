import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"

/**
 * How child processes are stopped. `normal` gives them seconds to end by themselves; `fast` a fraction of one, for a
 * stdio gateway that its client is about to kill (design, "Supervision tree"). Fast is for good: the shutdown calls
 * `hurry` before it closes any scope, and a stop that is already under way speeds up.
 */
export class StopMode extends Context.Service<
  StopMode,
  {
    readonly isFast: () => boolean
    /** Ends when the mode turns fast; at once if it is. */
    readonly turnedFast: Effect.Effect<void>
    readonly hurry: Effect.Effect<void>
  }
>()("sentinel/backend/StopMode") {
  static readonly layer = Layer.sync(StopMode, () => {
    const fast = Latch.makeUnsafe()
    return { isFast: () => fast.isOpen(), turnedFast: fast.await, hurry: Effect.asVoid(fast.open) }
  })
}
