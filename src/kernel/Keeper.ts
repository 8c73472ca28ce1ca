import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import { logReport, type ChildReport, type ChildState, type ReadyChild } from "./Child.ts"
import { notify } from "./Notify.ts"
import { within } from "./Within.ts"

/** Keeps one child alive: runs it, and when it ends decides whether and when it runs again. Touches no other child. */
export class Keeper {
  readonly child: ReadyChild
  readonly #clock: Clock.Clock
  readonly #onReport: (report: ChildReport) => void
  /** Its times are monotonic, as all that the policy is told: a clock set by hand moves no restart. */
  #state: ChildState = { _tag: "Running", since: 0 }
  #attempt = 0
  #stopping = false
  /** It was told to stop and did not within its bound. */
  #late = false
  #wake: (() => void) | undefined = undefined
  #fiber: Fiber.Fiber<unknown, unknown> | undefined = undefined

  constructor(child: ReadyChild, clock: Clock.Clock, onReport: (report: ChildReport) => void) {
    this.child = child
    this.#clock = clock
    this.#onReport = onReport
  }

  get state(): ChildState {
    const state = this.#state
    if (this.#stopping || state._tag === "Stopping") return { _tag: "Stopping" }
    return state._tag === "Running"
      ? { ...state, since: this.#onWallClock(state.since) }
      : { ...state, until: this.#onWallClock(state.until) }
  }

  /** The child's life over all its restarts; to be run in one fiber, which `stop` ends. */
  readonly run: Effect.Effect<void> = Effect.uninterruptibleMask((restore) =>
    Effect.gen({ self: this }, function* () {
      this.#fiber = yield* Effect.fiber
      while (true) {
        yield* this.#up()
        const exit = yield* Effect.exit(restore(Effect.scoped(this.child.start)))
        const asked = this.#stopping && (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause))
        if (!asked) yield* this.#report({ _tag: "Exited", child: this.child.name, exit })
        if (this.#stopping) return
        if (!this.#runsAgain(exit)) return yield* this.#report({ _tag: "Finished", child: this.child.name })
        const millis = yield* this.#down()
        // Whole milliseconds, rounded up: a timer cuts them off, and would start it before its time.
        const waited = yield* Effect.exit(restore(Effect.raceFirst(Effect.sleep(Math.ceil(millis)), this.#woken)))
        if (this.#stopping) return
        // Interrupted by somebody else, and so for good: every further wait would end at once.
        if (Exit.isFailure(waited)) return yield* this.#report({ _tag: "Finished", child: this.child.name })
      }
    })
  )

  /**
   * Interrupts the fiber that runs this, and waits for it within the child's bound; answers whether that sufficed. A
   * child whose bound has passed already is not waited for again.
   */
  readonly stop: Effect.Effect<boolean> = Effect.suspend(() => {
    if (this.#late) return Effect.succeed(false)
    this.#stopping = true
    const { name, stopMillis } = this.child
    const end = this.#fiber === undefined ? Effect.void : Fiber.interrupt(this.#fiber)
    return Effect.tap(within(`stop ${name}`, end, stopMillis), (inTime) => {
      this.#late = !inTime
      return this.#report({ _tag: "Stopped", child: name, inTime })
    })
  })

  /** Ends a wait: the child starts at once, with a fresh history. False when it does not wait. */
  wake(): boolean {
    const wake = this.#wake
    if (wake === undefined) return false
    wake()
    return true
  }

  #runsAgain(exit: Exit.Exit<void, unknown>): boolean {
    const { restart } = this.child
    return restart === "permanent" || (restart === "transient" && Exit.isFailure(exit))
  }

  #up(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const now = this.#now()
      if (this.#attempt > 0) this.child.restarts.restarted(now)
      this.child.restarts.ready(now)
      this.#state = { _tag: "Running", since: now }
      return this.#report({ _tag: "Started", child: this.child.name, attempt: this.#attempt })
    })
  }

  /** Decides what comes next and answers how long to wait for it, in milliseconds. */
  readonly #down = Effect.fnUntraced({ self: this }, function* () {
    const now = this.#now()
    const { name, restarts } = this.child
    const decision = restarts.down(now, yield* Random.next)
    if (decision._tag === "Quarantine") {
      const { reason, retryMillis } = decision
      this.#attempt = 0
      this.#state = { _tag: "Quarantined", reason, until: now + retryMillis }
      yield* this.#report({ _tag: "Quarantined", child: name, reason, retryMillis })
      return retryMillis
    }
    const { attempt, delayMillis } = decision
    this.#attempt = attempt
    this.#state = { _tag: "Backoff", attempt, until: now + delayMillis }
    yield* this.#report({ _tag: "RestartScheduled", child: name, attempt, delayMillis })
    return delayMillis
  })

  #now(): number {
    return Number(this.#clock.monotonicTimeNanosUnsafe()) / 1_000_000
  }

  #onWallClock(at: number): number {
    return this.#clock.currentTimeMillisUnsafe() + Math.round(at - this.#now())
  }

  readonly #woken = Effect.callback<void>((resume) => {
    this.#wake = () => {
      this.#wake = undefined
      this.child.restarts.reset()
      this.#attempt = 0
      resume(Exit.void)
    }
    return Effect.sync(() => {
      this.#wake = undefined
    })
  })

  #report(report: ChildReport): Effect.Effect<void> {
    return Effect.andThen(
      notify(this.child.name, () => this.#onReport(report)),
      logReport(report)
    )
  }
}
