import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { AddressedCall } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Outcome } from "../domain/Outcome.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { StateSeal } from "../protocol/RequestState.ts"
import { askable } from "./Attribution.ts"
import type { Entries } from "./Attribution.ts"
import type { Connection } from "./Connection.ts"
import type { Entry } from "./Entry.ts"
import { HeldCall, HeldCalls } from "./HeldCalls.ts"
import type { Line } from "./Line.ts"
import { deliverAnswers } from "./Repeat.ts"

/** What the questions of a backend need from its actor. */
export interface QuestionsContext {
  readonly spec: BackendSpec
  readonly seal: StateSeal
  readonly now: () => number
  readonly setDeadline: (serial: number, millis: number) => void
}

/**
 * The questions of a stateful backend. Each is put to the client as the end of a call that is in flight; that call is
 * held until the client repeats it with the answer.
 */
export class Questions {
  readonly #context: QuestionsContext
  readonly #entries: Entries
  readonly #held: HeldCalls

  /** `entries`: the calls that questions may belong to. `heldLimit`: most calls held at once. */
  constructor(context: QuestionsContext, entries: Entries, heldLimit: number) {
    this.#context = context
    this.#entries = entries
    this.#held = new HeldCalls(context.seal, heldLimit)
  }

  /** Calls whose client is away to answer. */
  get holding(): number {
    return this.#held.size
  }

  /** The backend asks the client something. False: no call of this backend can carry the question. */
  ask(id: RequestId, method: string, params: JsonObject, capability: string): boolean {
    const entry = askable(this.#entries, capability)
    if (entry === undefined) return false
    const held = (entry.held ??= new HeldCall(entry.addressed))
    const key = held.ask({ id, method, params })
    if (key === undefined) return false
    if (this.#putOnHold(entry, held)) return true
    // It is refused or goes another way now, and must not be put to the client again.
    held.questions.delete(key)
    return false
  }

  /** The held entry that a repeat belongs to; its handle is used up. */
  redeem(addressed: AddressedCall): Entry | undefined {
    const held = this.#held.redeem(addressed, this.#context.now())
    if (held === undefined) return undefined
    for (const entry of this.#entries.values()) if (entry.held === held) return entry
    return undefined
  }

  /** Whether the call waits here that the handle of this request was given out for. */
  holds(request: Request): boolean {
    return this.#held.holds(request, this.#context.now())
  }

  /** Whether a call carries a handle that was given out here. */
  recognises(addressed: AddressedCall): boolean {
    return this.#held.recognises(addressed)
  }

  /**
   * The client is back: its answers go on. The outcome, if the backend's work has ended meanwhile. `line`: the present
   * one, which may not be there.
   */
  resume(entry: Entry, line: Line | undefined): Outcome | undefined {
    const { addressed, held } = entry
    if (held === undefined) return undefined
    // An answer is for the connection that asked: the next one may have asked something else under that id.
    const asker = entry.line?.connection === line?.connection ? line?.connection : undefined
    if (asker !== undefined) deliverAnswers(held, addressed.params, (id, answer) => asker.answer(id, answer))
    if (held.finished !== undefined) {
      this.refuse(entry, line?.connection, "the call that carried the question has ended")
      return held.finished
    }
    if (held.questions.size > 0) this.#putOnHold(entry, held)
    else this.#context.setDeadline(entry.serial, this.#context.spec.timeoutMillis)
    return undefined
  }

  /** Nobody will answer these any more: the backend need not wait. `connection`: the present one. */
  refuse({ held, line }: Entry, connection: Connection | undefined, reason: string): void {
    if (connection === undefined || line?.connection !== connection) return
    for (const { id } of held?.questions.values() ?? []) connection.refuse(id, jsonRpcCodes.internalError, reason)
    held?.questions.clear()
  }

  /** Nobody comes back for this one any more. */
  forget(held: HeldCall): void {
    this.#held.forget(held)
  }

  #putOnHold(entry: Entry, held: HeldCall): boolean {
    const { inputTimeoutMillis } = this.#context.spec
    if (!this.#held.hold(held, this.#context.now() + inputTimeoutMillis)) return false
    this.#context.setDeadline(entry.serial, inputTimeoutMillis)
    return true
  }
}
