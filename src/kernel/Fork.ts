import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { notify } from "./Notify.ts"

/** Called once with how the fiber ended, before the failure is logged; what it throws is logged too. */
export type OnExit<A, E> = (exit: Exit.Exit<A, E>) => void

/**
 * Starts a fiber in the current scope; the only way to fork (design, "Supervision tree": no failure is silent).
 *
 * It runs at once, up to its first wait, and is interrupted when the scope closes. A failure or a defect is logged with
 * the fiber's name and its cause; success and interruption are not.
 */
export const fork = <A, E, R>(
  name: string,
  effect: Effect.Effect<A, E, R>,
  onExit?: OnExit<A, E>
): Effect.Effect<Fiber.Fiber<A, E>, never, R | Scope.Scope> =>
  Effect.flatMap(Scope.Scope, (scope) => forkIn(scope, name, effect, onExit))

/** As `fork`, in a scope that is given. In a closed scope nothing starts, and `onExit` hears of an interruption. */
export const forkIn = <A, E, R>(
  scope: Scope.Scope,
  name: string,
  effect: Effect.Effect<A, E, R>,
  onExit?: OnExit<A, E>
): Effect.Effect<Fiber.Fiber<A, E>, never, R> =>
  Effect.suspend(() => {
    let started = false
    const observed = Effect.onExit(
      Effect.suspend(() => {
        started = true
        return effect
      }),
      (exit) => (onExit === undefined ? logFailure(name, exit) : handOver(name, exit, onExit))
    )
    const forked = Effect.forkIn(observed, scope, { startImmediately: true })
    if (onExit === undefined) return forked
    return Effect.tap(forked, () =>
      Effect.suspend(() => (started ? Effect.void : handOver(name, Exit.interrupt(), onExit)))
    )
  })

const handOver = <A, E>(name: string, exit: Exit.Exit<A, E>, onExit: OnExit<A, E>): Effect.Effect<void> =>
  Effect.andThen(
    notify(name, () => onExit(exit)),
    logFailure(name, exit)
  )

const logFailure = <A, E>(name: string, exit: Exit.Exit<A, E>): Effect.Effect<void> =>
  Exit.isFailure(exit) && !Cause.hasInterruptsOnly(exit.cause)
    ? Effect.logError(`${name} failed`, exit.cause)
    : Effect.void
