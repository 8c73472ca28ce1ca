import type { Backend } from "../backend/Backend.ts"
import type { Call, CallHolder } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Outcome } from "../domain/Outcome.ts"
import type { Request } from "../domain/Request.ts"

/**
 * The use of one connection by lone calls that can be asked. A stateful backend does not say which call a question
 * belongs to, so only one call at a time goes over it: from its start to the end of its last repeat.
 */
export class Lease {
  readonly #backend: Backend
  #running = 0
  #requestState: string | undefined
  /** The connection on which the backend may still work at what nobody waits for. */
  #unfinishedOn: number | undefined

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** No call runs on it, and none is held until its client comes back. */
  get free(): boolean {
    return this.#running === 0 && this.#holding === 0
  }

  /** Its backend may still ask something for an earlier call: the next call would get that question. */
  get spoilt(): boolean {
    return this.#unfinishedOn !== undefined && this.#unfinishedOn === this.#backend.view?.connection?.epoch
  }

  /** Whether the call that this handle was given for is held here. The handle is checked by the backend. */
  holds(requestState: string): boolean {
    return this.#requestState === requestState && this.#holding > 0
  }

  /** Takes a call; what is returned goes to the backend in its place. */
  take(call: Call): Call {
    this.#running++
    return new LeasedCall(call, this.#backend, (outcome) => this.#settled(outcome))
  }

  get #holding(): number {
    return this.#backend.view?.inFlight.holding ?? 0
  }

  #settled(outcome: Outcome): void {
    this.#running--
    const epoch = this.#backend.view?.connection?.epoch
    switch (outcome._tag) {
      case "Completed": {
        const held = outcome.asks && this.#holding > 0
        const state = outcome.result["requestState"]
        this.#requestState = held && typeof state === "string" ? state : undefined
        this.#unfinishedOn = held ? epoch : undefined
        return
      }
      case "Failed":
        this.#unfinishedOn = undefined
        return
      case "Unknown":
        this.#unfinishedOn = epoch
        return
      case "Cancelled":
        if (outcome.sent) this.#unfinishedOn = epoch
        return
      case "NotSent":
        return
    }
  }
}

/** A call on a leased connection: as the call it stands for, but its end is heard of. */
class LeasedCall implements Call {
  holder: CallHolder | undefined
  readonly #call: Call
  readonly #onSettled: (outcome: Outcome) => void
  #settled = false

  constructor(call: Call, backend: Backend, onSettled: (outcome: Outcome) => void) {
    this.#call = call
    this.#onSettled = onSettled
    call.holder = { cancel: () => backend.cancel(this) }
  }

  get request(): Request {
    return this.#call.request
  }
  get ended(): boolean {
    return this.#call.ended
  }

  settle(outcome: Outcome): void {
    if (this.#settled) return
    this.#settled = true
    this.#onSettled(outcome)
    this.#call.settle(outcome)
  }
  cancel(): void {
    this.#call.cancel()
  }
  progress(params: JsonObject): void {
    this.#call.progress(params)
  }
  log(params: JsonObject): boolean {
    return this.#call.log(params)
  }
}
