import type { AddressedCall } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Outcome } from "../domain/Outcome.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import type { StateSeal } from "../protocol/RequestState.ts"

/** A question of a stateful backend that waits for the client's answer. */
interface OpenQuestion {
  readonly id: RequestId
  readonly method: string
  readonly params: JsonObject
}

/** Questions that one call may have open at a time. */
export const questionsPerCall = 64

/** A call whose backend works on (or has finished) while its client answers a question. */
export class HeldCall {
  /** Questions not yet answered, by the key the client sees. */
  readonly questions = new Map<string, OpenQuestion>()
  /** Where the outcome goes; `undefined` while the client is away answering. */
  attached: AddressedCall | undefined
  /** The outcome, when it came while the client was away. */
  finished: Outcome | undefined
  nonce: string | undefined
  #asked = 0

  constructor(attached: AddressedCall) {
    this.attached = attached
  }

  /** The key under which the client sees the question; `undefined`: too many are open already. */
  ask(question: OpenQuestion): string | undefined {
    if (this.questions.size >= questionsPerCall) return undefined
    const key = `q${++this.#asked}`
    this.questions.set(key, question)
    return key
  }

  /** The end of the backend's work: delivered now, or kept for the client's return. */
  finish(outcome: Outcome): void {
    if (this.attached === undefined) this.finished = outcome
    else this.attached.call.settle(outcome)
  }
}

/**
 * The bridge from a stateful backend's requests to `input_required` (protocol notes, "The bridge"): the backend's call
 * is held open, the client gets the question with a sealed handle, and its repeat is put in the old call's place.
 */
export class HeldCalls {
  readonly #byNonce = new Map<string, HeldCall>()
  readonly #seal: StateSeal
  readonly #limit: number

  /** `limit`: most calls held at once; one more question is refused. */
  constructor(seal: StateSeal, limit: number) {
    this.#seal = seal
    this.#limit = limit
  }

  get size(): number {
    return this.#byNonce.size
  }

  /** Ends the attached request with `input_required`. False when too many calls are held already. */
  hold(held: HeldCall, expiresAt: number): boolean {
    if (held.attached === undefined) return true
    if (this.#byNonce.size >= this.#limit) return false
    const { call } = held.attached
    const nonce = this.#seal.nonce()
    const inputRequests = Object.fromEntries(
      [...held.questions].map(([key, { method, params }]) => [key, { method, params }])
    )
    const requestState = this.#seal.seal(nonce, call.request, expiresAt)
    const result = { resultType: "input_required", inputRequests, requestState }
    this.#byNonce.set(nonce, held)
    held.nonce = nonce
    held.attached = undefined
    call.settle({ _tag: "Completed", result, resultText: JSON.stringify(result), asks: true })
    return true
  }

  /** The held call that a repeat belongs to; its handle is used up. */
  redeem(call: AddressedCall, now: number): HeldCall | undefined {
    const state = call.params["requestState"]
    if (typeof state !== "string") return undefined
    const nonce = this.#seal.open(state, call.call.request, now)
    const held = nonce === undefined ? undefined : this.#byNonce.get(nonce)
    if (held === undefined) return undefined
    this.forget(held)
    held.attached = call
    return held
  }

  /** Whether the call waits here that the handle of this request was given out for. */
  holds(request: Request, now: number): boolean {
    const state = request.params["requestState"]
    const nonce = typeof state === "string" ? this.#seal.open(state, request, now) : undefined
    return nonce !== undefined && this.#byNonce.has(nonce)
  }

  /** Whether a call carries a handle that was given out here, for this very request, used or not. */
  recognises({ call, params }: AddressedCall): boolean {
    const state = params["requestState"]
    return typeof state === "string" && this.#seal.isOurs(state, call.request)
  }

  forget(held: HeldCall): void {
    if (held.nonce !== undefined) this.#byNonce.delete(held.nonce)
    held.nonce = undefined
  }
}
