import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { forkIn } from "./Fork.ts"

/** Starts an effect from code that is not an effect itself (a callback of Node, an actor's turn). Never waits. */
export type Launch<R> = (name: string, effect: Effect.Effect<unknown, unknown, R>) => void

/** A launcher into the current scope: as with `fork`, failures are logged under the name, and the scope's end interrupts. */
export const launcher = <R = never>(): Effect.Effect<Launch<R>, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const context = yield* Effect.context<R>()
    const run = Effect.runForkWith(context)
    return (name, effect) => void run(forkIn(scope, name, effect))
  })
