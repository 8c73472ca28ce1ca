import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { forkIn } from "./Fork.ts"

/**
 * Waits for `effect`, but no longer than `millis`; answers whether it ended in time, well or not. What is late is not
 * interrupted but left to end by itself: a finalizer cannot be interrupted, and a stop must not hang on one. A failure
 * is logged under `name`.
 */
export const within = <A, E, R>(
  name: string,
  effect: Effect.Effect<A, E, R>,
  millis: number
): Effect.Effect<boolean, never, R> =>
  Effect.suspend(() =>
    // A scope that nobody closes: the late fiber may outlive everything here.
    Effect.flatMap(forkIn(Scope.makeUnsafe(), name, effect), (fiber) =>
      Effect.map(Effect.timeoutOption(Fiber.await(fiber), millis), Option.isSome)
    )
  )
