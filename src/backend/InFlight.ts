import type { BackendSpec } from "../domain/BackendSpec.ts"
import { mayAskForInput } from "../domain/Call.ts"
import type { AddressedCall, Call } from "../domain/Call.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Outcome, Refusal } from "../domain/Outcome.ts"
import type { RequestId } from "../domain/Request.ts"
import * as Circuit from "../machine/Circuit.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { StateSeal } from "../protocol/RequestState.ts"
import { relayableCapabilities } from "../protocol/Capabilities.ts"
import type { Dialect } from "../protocol/Upstream.ts"
import type { BackendReply, Connection, Waiter } from "./Connection.ts"
import { HeldCall, HeldCalls, deliverAnswers, refusalOf } from "./HeldCalls.ts"
import * as Refusals from "./Refusals.ts"

/** What the calls of a backend need from its actor. */
export interface InFlightContext {
  readonly spec: BackendSpec
  readonly seal: StateSeal
  readonly now: () => number
  readonly random: () => number
  readonly setDeadline: (entry: Entry, millis: number) => void
  readonly clearDeadline: (entry: Entry) => void
  /** A reply came: the backend is proven alive. */
  readonly onProof: () => void
}

/** A line that can take calls. */
export interface Line {
  readonly connection: Connection
  readonly dialect: Dialect
}

/** Most calls held for their clients' answers at one backend. */
export const heldLimit = 64

/** One call at this backend, from its acceptance to its single end. */
export class Entry implements Waiter {
  addressed: AddressedCall
  held: HeldCall | undefined
  line: Line | undefined
  wireId: string | undefined
  /** Its bytes were written, now or on an earlier connection: no end of it may say that it was not sent. */
  written = false
  permit: Circuit.Permit | undefined
  attempts = 0
  readonly #owner: InFlight

  constructor(owner: InFlight, addressed: AddressedCall) {
    this.#owner = owner
    this.addressed = addressed
  }

  reply(reply: BackendReply): void {
    this.#owner.replied(this, reply)
  }
  lost(reason: string): void {
    this.#owner.lost(this, reason)
  }
  progress(params: JsonObject): void {
    if (this.held === undefined || this.held.attached !== undefined) this.addressed.call.progress(params)
  }
}

/**
 * The calls of one backend: waiting for room or for the connection, in flight, or held while their client answers a
 * question. Every call that `submit` takes is settled exactly once, with what is known about it (INV-1, INV-16).
 *
 * Synchronous throughout: the backend's actor feeds it, nothing else does.
 */
export class InFlight {
  readonly #context: InFlightContext
  readonly #held: HeldCalls
  readonly #entries = new Map<Call, Entry>()
  #queue: Array<Entry> = []
  #sent = 0
  #line: Line | undefined
  #lossCounted = false
  circuit: Circuit.CircuitState = Circuit.initial

  constructor(context: InFlightContext) {
    this.#context = context
    this.#held = new HeldCalls(context.seal, heldLimit)
  }

  get sent(): number {
    return this.#sent
  }
  get queued(): number {
    return this.#queue.length
  }
  get holding(): number {
    return this.#held.size
  }

  /** Accepts a call, sends it at once when there is a line and room, or lets it wait, or refuses it. */
  submit(addressed: AddressedCall): void {
    const { spec } = this.#context
    if (this.#line !== undefined && returns(addressed, this.#line)) return this.#resume(addressed, this.#line)
    const waits = this.#line === undefined || !this.#hasRoom()
    if (waits && this.#queue.length >= spec.bounds.queued) {
      const refusal = Refusals.overloaded(spec.name, this.#sent, this.#queue.length)
      return addressed.call.settle(Refusals.notSent(refusal))
    }
    const entry = new Entry(this, addressed)
    this.#entries.set(addressed.call, entry)
    this.#context.setDeadline(entry, spec.timeoutMillis)
    if (this.#line === undefined || waits) this.#queue.push(entry)
    else this.#dispatch(entry, this.#line)
  }

  /** A line is up: what waits goes out. */
  attach(line: Line): void {
    this.#line = line
    this.#pump()
  }

  /** The line is gone. What was pending on it is lost by the connection itself; what waits goes on waiting. */
  detach(): void {
    this.#line = undefined
    this.#lossCounted = false
  }

  /** Refuses everything that waits: the backend is down for longer. `spare` keeps calls that still have retries. */
  refuseQueued(refusal: Refusal, spare: boolean): void {
    const queue = this.#queue
    this.#queue = []
    for (const entry of queue) {
      if (spare && entry.attempts < this.#context.spec.retries) {
        entry.attempts++
        this.#queue.push(entry)
      } else {
        this.#end(entry, unanswered(entry, refusal))
      }
    }
  }

  /** The client cancelled. The backend is told if it had the call; the call ends without a reply. */
  cancel(call: Call): void {
    const entry = this.#entries.get(call)
    // Not accepted yet: it must not be begun when its turn comes.
    if (entry === undefined) return call.settle({ _tag: "Cancelled", sent: false })
    this.#withdraw(entry, "the client cancelled the request")
    this.#release(entry, "ignored")
    this.#end(entry, { _tag: "Cancelled", sent: entry.written })
    this.#pump()
  }

  /** The deadlines of these entries have passed. Room that the first one leaves is none for the next one. */
  expire(entries: ReadonlyArray<Entry>): void {
    for (const entry of entries) this.#expireOne(entry)
    this.#pump()
  }

  #expireOne(entry: Entry): void {
    if (this.#entries.get(entry.addressed.call) !== entry) return
    const { spec } = this.#context
    const away = entry.held !== undefined && entry.held.attached === undefined
    const millis = away ? spec.inputTimeoutMillis : spec.timeoutMillis
    this.#withdraw(entry, away ? "the client did not answer in time" : "the gateway's deadline passed")
    this.#release(entry, away ? "ignored" : "failure")
    if (entry.held !== undefined) this.#held.forget(entry.held)
    this.#end(entry, unanswered(entry, Refusals.deadlineExceeded(spec.name, millis, entry.written)))
  }

  replied(entry: Entry, reply: BackendReply): void {
    this.#context.onProof()
    const failed = reply._tag === "Error" && reply.code === jsonRpcCodes.internalError
    this.#release(entry, reply._tag === "Result" ? "success" : failed ? "failure" : "ignored")
    this.#end(
      entry,
      reply._tag === "Result"
        ? { _tag: "Completed", result: reply.result, resultText: reply.resultText }
        : { _tag: "Failed", code: reply.code, errorText: reply.errorText }
    )
    if (this.#queue.length > 0) this.#pump()
  }

  lost(entry: Entry, reason: string): void {
    const { spec } = this.#context
    // One crash is one failure, however many calls it takes with it: it must not open the circuit by itself.
    const counts = !this.#lossCounted && entry.permit?.epoch === this.circuit.epoch
    this.#lossCounted ||= counts
    this.#release(entry, counts ? "failure" : "ignored")
    if (entry.addressed.repeatable && entry.attempts < spec.retries && entry.held === undefined) {
      entry.attempts++
      entry.wireId = undefined
      entry.line = undefined
      this.#queue.push(entry)
      return
    }
    this.#end(entry, Refusals.unknown(Refusals.connectionLost(spec.name, reason)))
  }

  /** The backend asks the client something. False: no call of this backend can carry the question. */
  ask(id: RequestId, method: string, params: JsonObject, capability: string): boolean {
    const entry = this.#askable(capability)
    if (entry === undefined) return false
    const held = (entry.held ??= new HeldCall(entry.addressed))
    const key = held.ask({ id, method, params })
    if (key === undefined) return false
    if (this.#putOnHold(entry, held)) return true
    // It is refused or goes another way now, and must not be put to the client again.
    held.questions.delete(key)
    return false
  }

  /**
   * A log message, which does not say what it belongs to. When all calls in flight are of one session it can only be
   * that session's; the first of its calls that wants such messages gets it. False: no call is in flight.
   */
  log(params: JsonObject): boolean {
    const calls: Array<Call> = []
    for (const [call, entry] of this.#entries) {
      if (entry.wireId === undefined) continue
      if (calls.length > 0 && calls[0]?.request.sessionId !== call.request.sessionId) return true
      calls.push(call)
    }
    calls.find((call) => call.log(params))
    return calls.length > 0
  }

  /** Ends everything: the backend is stopped for good. */
  close(refusal: Refusal): void {
    for (const entry of [...this.#entries.values()]) {
      this.#release(entry, "ignored")
      this.#end(entry, unanswered(entry, refusal))
    }
    this.#queue = []
  }

  #hasRoom(): boolean {
    return this.#sent < this.#context.spec.bounds.inFlight
  }

  #pump(): void {
    while (this.#line !== undefined && this.#queue.length > 0 && this.#hasRoom()) {
      const next = this.#queue.shift()
      if (next !== undefined) this.#dispatch(next, this.#line)
    }
  }

  #dispatch(entry: Entry, line: Line): void {
    const { spec } = this.#context
    if (returns(entry.addressed, line)) {
      this.#discard(entry)
      return this.#resume(entry.addressed, line)
    }
    if (this.#refusedToAnswer(entry, line)) return
    const now = this.#context.now()
    const admission = Circuit.admit(this.circuit, now)
    this.circuit = admission.state
    if (admission._tag === "Refused") {
      return this.#end(entry, unanswered(entry, Refusals.circuitOpen(spec.name, admission.retryAfterMs)))
    }
    entry.permit = admission.permit
    entry.line = line
    const { request } = entry.addressed.call
    const hop = {
      capabilities: line.dialect.era === "stateless" ? relayableCapabilities(request.capabilities) : {},
      clientInfo: request.clientInfo,
      logLevel: request.logLevel
    }
    const wantsProgress = request.progressToken !== undefined
    this.#sent++
    entry.written = true
    entry.wireId = line.connection.request(
      line.dialect,
      request.method,
      entry.addressed.params,
      hop,
      entry,
      wantsProgress
    )
  }

  /** A stateless backend gets a repeat as it is, unless the client refused to answer, which that era can't express. */
  #refusedToAnswer(entry: Entry, line: Line): boolean {
    const { params } = entry.addressed
    const why = line.dialect.era === "stateless" && "inputResponses" in params ? refusedInput(params) : undefined
    if (why === undefined) return false
    const { name } = this.#context.spec
    const message = `the client did not answer what backend "${name}" asked: ${why}`
    const refusal: Refusal = { code: refusalCodes.inputUnsupported, message, backend: name }
    this.#end(entry, unanswered(entry, refusal))
    return true
  }

  /** At a stateful backend a repeat takes the place of the call that was held for it, and needs no room of its own. */
  #resume(addressed: AddressedCall, line: Line): void {
    const held = this.#held.redeem(addressed, this.#context.now())
    const entry = held === undefined ? undefined : this.#entryOf(held)
    if (held === undefined || entry === undefined) {
      return addressed.call.settle(Refusals.notSent(Refusals.inputExpired(this.#context.spec.name)))
    }
    this.#entries.delete(entry.addressed.call)
    entry.addressed = addressed
    this.#entries.set(addressed.call, entry)
    // An answer is for the connection that asked: the next one may have asked something else under that id.
    if (entry.line?.connection === line.connection) {
      deliverAnswers(held, addressed.params, (id, answer) => line.connection.answer(id, answer))
    }
    if (held.finished !== undefined) {
      this.#refuseQuestions(entry, "the call that carried the question has ended")
      return this.#end(entry, held.finished)
    }
    if (held.questions.size > 0) {
      this.#putOnHold(entry, held)
      return
    }
    this.#context.setDeadline(entry, this.#context.spec.timeoutMillis)
  }

  #putOnHold(entry: Entry, held: HeldCall): boolean {
    const { inputTimeoutMillis } = this.#context.spec
    if (!this.#held.hold(held, this.#context.now() + inputTimeoutMillis)) return false
    this.#context.setDeadline(entry, inputTimeoutMillis)
    return true
  }

  #entryOf(held: HeldCall): Entry | undefined {
    for (const entry of this.#entries.values()) if (entry.held === held) return entry
    return undefined
  }

  /**
   * Which call a stateful backend's question belongs to: its protocol does not say. All calls of the connection are
   * of one client, so any of them reaches the right person; the oldest one whose client waits is taken. A client that
   * did not declare that it can answer is not asked.
   */
  #askable(capability: string): Entry | undefined {
    let away: Entry | undefined
    for (const entry of this.#entries.values()) {
      const { capabilities, method } = entry.addressed.call.request
      if (entry.wireId === undefined || !mayAskForInput(method) || !isJsonObject(capabilities[capability])) continue
      if (entry.held === undefined || entry.held.attached !== undefined) return entry
      away ??= entry
    }
    return away
  }

  /** Tells the backend to stop, and stops listening for the reply. */
  #withdraw(entry: Entry, reason: string): void {
    const at = this.#queue.indexOf(entry)
    if (at >= 0) this.#queue.splice(at, 1)
    const { line, wireId } = entry
    if (line === undefined || wireId === undefined || !line.connection.forget(wireId)) return
    line.connection.notify("notifications/cancelled", { requestId: wireId, reason })
    this.#refuseQuestions(entry, reason)
  }

  /** Nobody will answer these any more: the backend need not wait. */
  #refuseQuestions({ held, line }: Entry, reason: string): void {
    if (line === undefined || line.connection !== this.#line?.connection) return
    for (const { id } of held?.questions.values() ?? []) line.connection.refuse(id, jsonRpcCodes.internalError, reason)
    held?.questions.clear()
  }

  /** Gives the circuit its permit back, once. */
  #release(entry: Entry, result: Circuit.CallResult): void {
    if (entry.permit === undefined) return
    const { now, random, spec } = this.#context
    this.circuit = Circuit.record(this.circuit, entry.permit, result, spec.circuit, now(), random())
    entry.permit = undefined
    this.#sent--
  }

  /** The single end of an entry. A held call whose client is away keeps its outcome until the client is back. */
  #end(entry: Entry, outcome: Outcome): void {
    const { held } = entry
    if (held !== undefined && held.attached === undefined && held.nonce !== undefined) return held.finish(outcome)
    this.#discard(entry)
    if (held === undefined) return entry.addressed.call.settle(outcome)
    this.#held.forget(held)
    held.finish(outcome)
  }

  #discard(entry: Entry): void {
    this.#entries.delete(entry.addressed.call)
    this.#context.clearDeadline(entry)
  }
}

/** The end of a call that the backend did not answer, with what is known about it. */
const unanswered = ({ written }: Entry, refusal: Refusal): Outcome =>
  written ? Refusals.unknown(refusal) : Refusals.notSent(refusal)

/** A repeat of a call that is held at a stateful backend. */
const returns = ({ params }: AddressedCall, { dialect }: Line): boolean =>
  dialect.era === "stateful" && ("requestState" in params || "inputResponses" in params)

const refusedInput = (params: JsonObject): string | undefined => {
  const responses = params["inputResponses"]
  if (!isJsonObject(responses)) return undefined
  return Object.values(responses).map(refusalOf).find((refusal) => refusal !== undefined)?.message
}
