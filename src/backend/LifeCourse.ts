import type * as Effect from "effect/Effect"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Life, LifecycleCommand, LifecycleEvent } from "../machine/Life.ts"
import * as Lifecycle from "../machine/Lifecycle.ts"
import type { BackendHands } from "./BackendHands.ts"
import type { Incarnation } from "./Incarnation.ts"
import type { InFlight } from "./InFlight.ts"
import * as Refusals from "./Refusals.ts"

/** What the course of a backend's life needs from its actor. */
export interface LifeCourseContext {
  readonly spec: BackendSpec
  readonly hands: BackendHands
  readonly incarnation: Incarnation
  readonly inFlight: InFlight
  readonly now: () => number
  /** Runs the effect after this turn. */
  readonly perform: (effect: Effect.Effect<void>) => void
  /** Lets go of connection `epoch`, wherever it is used. */
  readonly detach: (epoch: number, reason: string) => void
  readonly onLife: (from: Life, to: Life) => void
}

/** Where one backend is in its life: feeds the machine with what happens, and carries out its commands. */
export class LifeCourse {
  readonly #context: LifeCourseContext
  #state = Lifecycle.initial
  #restarts = 0

  constructor(context: LifeCourseContext) {
    this.#context = context
  }

  get life(): Life {
    return this.#state.life
  }

  /** Of the latest connection; 0 before the first. */
  get epoch(): number {
    return this.#state.epoch
  }
  get restarts(): number {
    return this.#restarts
  }

  step(event: LifecycleEvent): void {
    const { hands, incarnation, now, spec } = this.#context
    const { connection } = incarnation
    const context = { settings: spec.restart, now: now(), random: hands.random() }
    const { commands, state } = Lifecycle.step(this.#state, event, context)
    this.#state = state
    for (const command of commands) this.#obey(command)
    // What hangs or can't be trusted deserves no seconds to end by itself: its replacement waits for its end. Only now,
    // because calls that it loses ask it whether they have left.
    if (event._tag === "Unhealthy" || event._tag === "Violated") connection?.kill()
    const refused = event._tag === "StartFailed" && event.authentication && state.life._tag === "Parked"
    if (refused) this.#context.perform(hands.awaitCredentials())
  }

  /** The present connection is alive but does not answer. */
  unhealthy(reason: string): void {
    this.step({ _tag: "Unhealthy", epoch: this.#state.epoch, reason })
  }

  /** The present connection broke the protocol. */
  violated(reason: string): void {
    this.step({ _tag: "Violated", epoch: this.#state.epoch, reason })
  }

  /** A call may have ended: the last one ends the draining. */
  settleDrain(): void {
    if (this.#state.life._tag !== "Draining") return
    const { inFlight } = this.#context
    if (inFlight.sent + inFlight.queued > 0) return
    this.step({ _tag: "Drained", epoch: this.#state.epoch })
  }

  #obey(command: LifecycleCommand): void {
    const { detach, hands, incarnation, now, perform } = this.#context
    switch (command._tag) {
      case "Connect":
        if (command.attempt > 0) this.#restarts++
        return perform(hands.connect(command.epoch, incarnation.open()))
      case "Disconnect":
        detach(command.epoch, `was ended: ${command.reason}`)
        return hands.disconnect(command.epoch)
      case "WakeAt":
        return hands.setTimer("lifecycle", command.at - now())
      case "Announce":
        this.#announce(command.from, command.to)
    }
  }

  #announce(from: Life, to: Life): void {
    const { inFlight, now, onLife, spec } = this.#context
    const refusal = Refusals.inLife(to, spec.name, now())
    if (refusal !== undefined) inFlight.refuseQueued(refusal, false)
    else if (to._tag === "Backoff" && from._tag === "Starting") {
      inFlight.refuseQueued(Refusals.unavailable(spec.name, to.reason, to.until - now()), true)
    }
    onLife(from, to)
    this.settleDrain()
  }
}
