import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { forkIn } from "./Fork.ts"
import type { Generation, GenerationReport, GenerationSettings } from "./Generation.ts"
import { notify } from "./Notify.ts"
import { within } from "./Within.ts"

/** The generations that were replaced and still close; at most `settings.draining` when `room` is awaited first. */
export class Drains<A> {
  readonly #settings: GenerationSettings
  readonly #onReport: (report: GenerationReport) => void
  readonly #fibers = new Set<Fiber.Fiber<void>>()
  // Nobody closes it: a drain ends by itself within its bounds, and interrupted it would leak its generation.
  readonly #scope = Scope.makeUnsafe()

  constructor(settings: GenerationSettings, onReport: (report: GenerationReport) => void) {
    this.#settings = settings
    this.#onReport = onReport
  }

  get size(): number {
    return this.#fibers.size
  }

  /** Waits until one more may be added. */
  readonly room: Effect.Effect<void> = Effect.suspend(() => {
    const { size } = this.#fibers
    if (size === 0 || size < this.#settings.draining) return Effect.void
    // Any of them, not the oldest: that may be held for long while another has closed.
    return Effect.andThen(Effect.raceAllFirst(Array.from(this.#fibers, (fiber) => Fiber.await(fiber))), this.room)
  })

  /** Waits until all that are here now have closed. */
  readonly settled: Effect.Effect<void> = Effect.suspend(() => Effect.asVoid(Fiber.awaitAll([...this.#fibers])))

  /** Starts to close a generation that gets no further pins; does not wait for it. */
  add(generation: Generation<A>): Effect.Effect<void> {
    const name = `drain generation ${generation.number}`
    return Effect.map(forkIn(this.#scope, name, this.#drain(generation)), (fiber) => {
      this.#fibers.add(fiber)
      fiber.addObserver(() => this.#fibers.delete(fiber))
    })
  }

  /** Waits for the pins, then closes; both within their bounds. */
  readonly #drain = Effect.fnUntraced({ self: this }, function* (generation: Generation<A>) {
    const { number, scope } = generation
    // The last release must not run the finalizers inside the call that releases.
    yield* Effect.timeoutOption(Effect.andThen(generation.free, Effect.yieldNow), this.#settings.drainMillis)
    const pins = generation.pins
    const inTime = yield* within(
      `close generation ${number}`,
      Scope.close(scope, Exit.void),
      this.#settings.closeMillis
    )
    if (pins > 0) yield* Effect.logWarning(`generation ${number} was closed under ${pins} calls that still used it`)
    if (!inTime) yield* Effect.logWarning(`generation ${number} did not close in time and is left to itself`)
    yield* notify("generations", () => this.#onReport({ _tag: "Closed", generation: number, pins, inTime }))
  })
}
