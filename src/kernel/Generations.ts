import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { Drains } from "./Drains.ts"
import {
  Generation,
  generationDefaults,
  type GenerationReport,
  type GenerationSettings,
  type Pin
} from "./Generation.ts"
import { notify } from "./Notify.ts"
import { within } from "./Within.ts"

/** The current generation of a value, and the way to replace it while calls run. */
export interface Generations<A> {
  /** Holds the current generation until `release`; whatever is swapped meanwhile, its value stays (INV-26). */
  readonly pin: () => Pin<A>
  /** Runs one call with one generation; released on success, failure and interruption. */
  readonly use: <B, E, R>(f: (value: A) => Effect.Effect<B, E, R>) => Effect.Effect<B, E, R>
  /**
   * Builds the next generation beside the current one and makes it current; succeeds with its number as soon as new
   * calls see it. When the build fails or is interrupted, what it had acquired is released and nothing else changes
   * (INV-27). Swaps run one after another.
   */
  readonly swap: <E, R>(build: Effect.Effect<A, E, R>) => Effect.Effect<number, E, Exclude<R, Scope.Scope>>
  readonly current: () => number
  /** Replaced generations that are not closed yet. */
  readonly draining: () => number
}

/** A layer as something to build anew each time; built plainly, a layer gives the first generation's services again. */
export const fromLayer = <A, E, R>(
  layer: Layer.Layer<A, E, R>
): Effect.Effect<Context.Context<A>, E, R | Scope.Scope> => Layer.build(Layer.fresh(layer))

/**
 * Builds the first generation; fails as `build` fails. When the surrounding scope closes, every generation is drained
 * and closed within its bounds; to pin or swap after that is a defect.
 */
export const make = Effect.fnUntraced(function* <A, E, R>(
  build: Effect.Effect<A, E, R>,
  settings: Partial<GenerationSettings> = {},
  onReport: (report: GenerationReport) => void = () => {}
): Effect.fn.Return<Generations<A>, E, Exclude<R, Scope.Scope> | Scope.Scope> {
  const bounds: GenerationSettings = { ...generationDefaults, ...settings }
  const oneByOne = Semaphore.makeUnsafe(1)
  const drains = new Drains<A>(bounds, onReport)
  let open = true
  let built = 0

  const buildNext = <E2, R2>(build: Effect.Effect<A, E2, R2>, restore: Restore) =>
    buildIn(++built, build, restore, bounds, onReport)

  const published = ({ number }: Generation<A>): Effect.Effect<void> =>
    notify("generations", () => onReport({ _tag: "Published", generation: number }))

  const close = (): Effect.Effect<void> => {
    open = false
    return Effect.andThen(drains.add(current), drains.settled)
  }

  let current: Generation<A> = yield* Effect.uninterruptibleMask((restore) =>
    Effect.tap(buildNext(build, restore), () => Effect.addFinalizer(() => Effect.suspend(close)))
  )
  yield* published(current)

  const pin = (): Pin<A> => {
    if (!open) throw new Error("the generations are closed")
    return current.pin()
  }

  const replace = Effect.fnUntraced(function* <E2, R2>(build: Effect.Effect<A, E2, R2>, restore: Restore) {
    const next = yield* buildNext(build, restore)
    if (!open) {
      yield* drains.add(next)
      return yield* Effect.die(new Error("the generations are closed"))
    }
    const previous = current
    current = next
    yield* published(next)
    yield* drains.add(previous)
    return next.number
  })

  return {
    pin,
    use: (f) =>
      Effect.acquireUseRelease(
        Effect.sync(pin),
        (pinned) => f(pinned.value),
        (pinned) => Effect.sync(pinned.release)
      ),
    swap: (build) => {
      const swapped = Effect.uninterruptibleMask((restore) => replace(build, restore))
      return oneByOne.withPermit(Effect.andThen(drains.room, swapped))
    },
    current: () => current.number,
    draining: () => drains.size
  }
})

/** Gives a build the interruptibility of the caller back. */
type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Builds in a scope of its own; a failure closes that scope. To be run where it cannot be interrupted. */
const buildIn = Effect.fnUntraced(function* <A, E, R>(
  number: number,
  build: Effect.Effect<A, E, R>,
  restore: Restore,
  bounds: GenerationSettings,
  onReport: (report: GenerationReport) => void
): Effect.fn.Return<Generation<A>, E, Exclude<R, Scope.Scope>> {
  const scope = Scope.makeUnsafe()
  const exit = yield* Effect.exit(restore(Scope.provide(build, scope)))
  if (Exit.isSuccess(exit)) return new Generation(number, exit.value, scope)
  yield* within(`close the half-built generation ${number}`, Scope.close(scope, exit), bounds.closeMillis)
  yield* notify("generations", () => onReport({ _tag: "BuildFailed", generation: number, cause: exit.cause }))
  return yield* Effect.failCause(exit.cause)
})
