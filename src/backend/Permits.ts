import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Refusal } from "../domain/Outcome.ts"
import * as Circuit from "../machine/Circuit.ts"
import type { Entry } from "./Entry.ts"
import * as Refusals from "./Refusals.ts"

/** What the permits of a backend need from its actor. */
export interface PermitsContext {
  readonly spec: BackendSpec
  readonly now: () => number
  readonly random: () => number
}

/**
 * Who may go out to a backend: there must be room, and its circuit must permit it. A call that is out has a permit of
 * the circuit and gives it back once, with what became of it.
 */
export class Permits {
  readonly #context: PermitsContext
  #circuit: Circuit.CircuitState = Circuit.initial
  #out = 0
  #lossCounted = false

  constructor(context: PermitsContext) {
    this.#context = context
  }

  get circuit(): Circuit.CircuitState {
    return this.#circuit
  }

  /** Calls that are out. */
  get out(): number {
    return this.#out
  }

  hasRoom(): boolean {
    return this.#out < this.#context.spec.bounds.inFlight
  }

  /** Gives the entry its permit, or says why there is none. */
  take(entry: Entry): Refusal | undefined {
    const { now, spec } = this.#context
    const admission = Circuit.admit(this.#circuit, now())
    this.#circuit = admission.state
    if (admission._tag === "Refused") return Refusals.circuitOpen(spec.name, admission.retryAfterMs)
    entry.permit = admission.permit
    this.#out++
    return undefined
  }

  /** Gives the circuit its permit back, once. */
  giveBack(entry: Entry, result: Circuit.CallResult): void {
    if (entry.permit === undefined) return
    const { now, random, spec } = this.#context
    this.#circuit = Circuit.record(this.#circuit, entry.permit, result, spec.circuit, now(), random())
    entry.permit = undefined
    this.#out--
  }

  /** The connection ended under a call. */
  giveBackLost(entry: Entry): void {
    // One crash is one failure, however many calls it takes with it: it must not open the circuit by itself.
    const counts = !this.#lossCounted && entry.permit?.epoch === this.#circuit.epoch
    this.#lossCounted ||= counts
    this.giveBack(entry, counts ? "failure" : "ignored")
  }

  /** The line is gone: the loss of the next one counts anew. */
  detach(): void {
    this.#lossCounted = false
  }
}
