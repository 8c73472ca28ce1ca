import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { backendDefaults, type RestartSettings } from "../domain/BackendSpec.ts"
import * as RestartPolicy from "../machine/RestartPolicy.ts"
import type { Child, ChildReport, ChildState } from "./Child.ts"
import { forkIn } from "./Fork.ts"
import { Keeper } from "./Keeper.ts"
import { begin } from "./Restarts.ts"

/** A child was not added; nothing was started. */
export class ChildRefused extends Schema.TaggedError<ChildRefused>()("ChildRefused", {
  child: Schema.String,
  reason: Schema.Literals(["exists", "full", "stopped"])
}) {
  override get message(): string {
    const reasons = {
      exists: "a child of that name is running or has not ended yet",
      full: "the supervisor has as many children as it may have",
      stopped: "the supervisor has stopped"
    }
    return `${this.child} was not started: ${reasons[this.reason]}`
  }
}

export interface SupervisorSettings {
  /** Children at a time. */
  readonly children: number
  /** How long one child may take to stop, milliseconds. */
  readonly stopMillis: number
  /** `reverse`: one after the other, the last added first. `together`: for children that do not need each other. */
  readonly stopOrder: "reverse" | "together"
  readonly restart: RestartSettings
}

export const supervisorDefaults: SupervisorSettings = {
  children: 1_024,
  stopMillis: 5_000,
  stopOrder: "reverse",
  restart: backendDefaults.restart
}

export interface ChildStatus {
  readonly name: string
  readonly state: ChildState
}

/** One for one: a child that ends is started again by itself, and no other is touched (INV-15). */
export interface Supervisor {
  /** Starts a child; it runs up to its first wait before this succeeds. Settings out of their bounds are a defect. */
  readonly add: <E, R, S = unknown>(child: Child<E, R, S>) => Effect.Effect<void, ChildRefused, R>
  /**
   * Stops a child and forgets it; false when there is none, or it did not end within its bound. Then it is left to end
   * by itself, and its name is not free before (INV-12).
   */
  readonly remove: (name: string) => Effect.Effect<boolean>
  /** Starts a child at once that waits for its restart or is quarantined, with a fresh history; false: it does not. */
  readonly wake: (name: string) => Effect.Effect<boolean>
  /** Stops every child, in the `stopOrder`, each within its bound. From then on nothing is added. */
  readonly stop: Effect.Effect<void>
  /** In the order they were added. */
  readonly children: () => ReadonlyArray<ChildStatus>
}

/** Makes a supervisor without children, which stops when the scope closes. Every report is also logged. */
export const make = (
  settings: Partial<SupervisorSettings> = {},
  onReport: (report: ChildReport) => void = () => {}
): Effect.Effect<Supervisor, never, Scope.Scope> =>
  Effect.gen(function* () {
    const bounds: SupervisorSettings = { ...supervisorDefaults, ...settings }
    const kept = new Map<string, Keeper>()
    // Nobody closes it: children end by `stop`, within bounds that the close of a scope would not keep.
    const scope = Scope.makeUnsafe()
    let open = true

    const refusal = (name: string): ChildRefused["reason"] | undefined => {
      if (!open) return "stopped"
      if (kept.has(name)) return "exists"
      return kept.size < bounds.children ? undefined : "full"
    }

    const add = <E, R, S = unknown>(child: Child<E, R, S>) =>
      Effect.gen(function* () {
        const reason = refusal(child.name)
        if (reason !== undefined) return yield* new ChildRefused({ child: child.name, reason })
        const context = yield* Effect.context<R>()
        const clock = yield* Clock.Clock
        const { name, policy, restart, settings = bounds.restart, stopMillis = bounds.stopMillis } = child
        const restarts = policy === undefined ? begin(RestartPolicy.of(settings)) : begin(policy)
        // Each run has a scope of its own, which stands above that of whoever adds the child.
        const start = Effect.updateContext(child.start, (run: Context.Context<Scope.Scope>) =>
          Context.merge(context, run)
        )
        const keeper = new Keeper({ name, restart, restarts, stopMillis, start }, clock, onReport)
        kept.set(name, keeper)
        yield* forkIn(scope, name, keeper.run, () => kept.delete(name))
      }).pipe(Effect.uninterruptible)

    const remove = (name: string): Effect.Effect<boolean> =>
      Effect.suspend(() => kept.get(name)?.stop ?? Effect.succeed(false))

    const stop = Effect.suspend(() => {
      open = false
      const concurrency = bounds.stopOrder === "together" ? "unbounded" : 1
      return Effect.forEach([...kept.keys()].toReversed(), remove, { discard: true, concurrency })
    })

    yield* Effect.addFinalizer(() => stop)
    return {
      add,
      remove,
      wake: (name) => Effect.sync(() => kept.get(name)?.wake() ?? false),
      stop,
      children: () => Array.from(kept, ([name, { state }]) => ({ name, state }))
    }
  })
