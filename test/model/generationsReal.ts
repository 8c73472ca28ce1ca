import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import { Scheduler } from "effect/Scheduler"
import * as Scope from "effect/Scope"
import type { GenerationReport, GenerationSettings } from "../../src/kernel/Generation.ts"
import * as Generations from "../../src/kernel/Generations.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"
import type { Built, Plan } from "./generationsBook.ts"

/** Something that holds a generation: a pin, or a call that runs. */
export interface Hold {
  readonly generation: number
  readonly value: Built
  /** Ends it, in one of several ways if it is a call. */
  readonly end: (way: "returns" | "fails" | "is interrupted") => void
}

/** Generations on a time of their own: whatever can happen without time passing has happened after each command. */
export class RealGenerations {
  readonly time = new VirtualTime()
  readonly generations: Generations.Generations<Built>
  readonly first: Built = { isOpen: true }
  onReport: (report: GenerationReport) => void = () => undefined
  readonly #scope = Scope.makeUnsafe()
  readonly #context = Context.empty().pipe(
    Context.add(Clock.Clock, this.time.clock),
    Context.add(Scheduler, this.time.scheduler),
    Context.add(Logger.CurrentLoggers, new Set<Logger.Logger<unknown, unknown>>())
  )

  constructor(settings: GenerationSettings, finalizerMillis: number) {
    const first = Effect.as(this.#open(this.first, finalizerMillis), this.first)
    const made = Generations.make(first, settings, (report) => this.onReport(report))
    const exit = this.fork(Scope.provide(made, this.#scope)).pollUnsafe()
    if (exit === undefined || Exit.isFailure(exit)) throw new Error("the first generation could not be built")
    this.generations = exit.value
  }

  fork<A, E>(effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> {
    return Effect.runForkWith(this.#context)(effect)
  }

  /** Lets so much time pass, and everything happen that it brings. */
  pass(millis: number): void {
    this.time.advance(millis)
  }

  pin(): Hold {
    const { generation, release, value } = this.generations.pin()
    return { generation, value, end: release }
  }

  /** A call that runs until it is ended; undefined: it never came to run. */
  call(): Hold | undefined {
    let started: Built | undefined
    let resume: (effect: Effect.Effect<void, string>) => void = () => undefined
    const generation = this.generations.current()
    const fiber = this.fork(
      this.generations.use((value) => {
        started = value
        return Effect.callback<void, string>((wake) => {
          resume = wake
        })
      })
    )
    if (started === undefined) return undefined
    const end: Hold["end"] = (way) => {
      if (way === "is interrupted") fiber.interruptUnsafe()
      else resume(way === "fails" ? Effect.fail("the call failed") : Effect.void)
    }
    return { generation, value: started, end }
  }

  swap(plan: Plan, onBuild: () => void, onBuilt: (built: Built) => void): Fiber.Fiber<number, string> {
    const built: Built = { isOpen: false }
    const build = Effect.gen({ self: this }, function* () {
      onBuild()
      built.isOpen = true
      yield* this.#open(built, plan.finalizerMillis)
      if (plan.buildMillis > 0) yield* Effect.sleep(plan.buildMillis)
      if (plan.end === "fails") return yield* Effect.fail("no key")
      if (plan.end === "dies") return yield* Effect.die("bug")
      onBuilt(built)
      return built
    })
    return this.fork(this.generations.swap(build))
  }

  close(): Fiber.Fiber<void> {
    return this.fork(Scope.close(this.#scope, Exit.void))
  }

  #open(built: Built, finalizerMillis: number): Effect.Effect<void, never, Scope.Scope> {
    const wait =
      finalizerMillis === Infinity ? Effect.never : finalizerMillis > 0 ? Effect.sleep(finalizerMillis) : Effect.void
    return Effect.addFinalizer(() =>
      Effect.map(wait, () => {
        built.isOpen = false
      })
    )
  }
}
