import type { AddressedCall, Call } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Outcome, Refusal } from "../domain/Outcome.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import type { CircuitState } from "../machine/Circuit.ts"
import { Cells } from "../machine/Cells.ts"
import { FairQueue } from "../machine/FairQueue.ts"
import { entryOf, passLog, passLogOf } from "./Attribution.ts"
import { answered, failureOf, unanswered, verdict } from "./CallEnd.ts"
import type { BackendReply } from "./Connection.ts"
import { Entry, ownerOf } from "./Entry.ts"
import type { EntryOwner } from "./Entry.ts"
import type { Line } from "./Line.ts"
import { goesOutAgain } from "./LostCall.ts"
import { Permits } from "./Permits.ts"
import type { PermitsContext } from "./Permits.ts"
import { Questions } from "./Questions.ts"
import type { QuestionsContext } from "./Questions.ts"
import * as Refusals from "./Refusals.ts"
import { refusedToAnswer, returns } from "./Repeat.ts"
import type { RequestFailure } from "./Transport.ts"

/** What the calls of a backend need from its actor. */
export interface InFlightContext extends PermitsContext, QuestionsContext {
  readonly clearDeadline: (serial: number) => void
  /** A reply came: the backend is proven alive. */
  readonly onProof: () => void
}

/** Sessions remembered for a call that has ended without its line; with more, log messages of that go to nobody. */
export const leftSessions = 64
const anySession = ""

/** Most calls held for their clients' answers at one backend. */
export const heldLimit = 64

/**
 * The calls of one backend: waiting for room or for the connection, in flight, or held while their client answers a
 * question. Every call that `submit` takes is settled exactly once, with what is known about it (INV-1, INV-16).
 *
 * Synchronous throughout: the backend's actor feeds it, nothing else does.
 */
export class InFlight implements EntryOwner {
  readonly #context: InFlightContext
  readonly #entries = new Cells<number, Entry>()
  readonly #permits: Permits
  readonly #questions: Questions
  readonly #queue = new FairQueue<Entry>()
  #line: Line | undefined
  /**
   * Sessions that have given calls up on this line, or ran out of time. Over HTTP all that had one: what is logged comes
   * by a way of its own, and may come long after the answer.
   */
  readonly #left = new Set<string>()
  #accepted = 0
  /** A call was lost on this turn: its place is free, or it is in the queue again. */
  #unsettled = false

  constructor(context: InFlightContext) {
    this.#context = context
    this.#permits = new Permits(context)
    this.#questions = new Questions(context, this.#entries, heldLimit)
  }

  get circuit(): CircuitState {
    return this.#permits.circuit
  }

  get sent(): number {
    return this.#permits.out
  }
  get queued(): number {
    return this.#queue.size
  }
  get holding(): number {
    return this.#questions.holding
  }

  /** Whether the call is held here that this request repeats. */
  holds(request: Request): boolean {
    return this.#questions.holds(request)
  }

  /** Whether it is the repeat of a call that was held here: it goes on as that one, and never to the backend anew. */
  recognises(addressed: AddressedCall): boolean {
    return this.#questions.recognises(addressed)
  }

  /** Accepts a call, sends it at once when there is a line and room, or lets it wait for its turn, or refuses it. */
  submit(addressed: AddressedCall): void {
    const { spec } = this.#context
    if (this.#returns(addressed, this.#line)) return this.#resume(addressed)
    const waits = this.#line === undefined || !this.#permits.hasRoom()
    if (waits && !this.#mayWait(addressed)) {
      const refusal = Refusals.overloaded(spec.name, this.#permits.out, this.#queue.size)
      return addressed.call.settle(Refusals.notSent(refusal))
    }
    const entry = new Entry(this, ++this.#accepted, addressed)
    this.#entries.set(entry.serial, entry)
    this.#context.setDeadline(entry.serial, spec.timeoutMillis)
    if (this.#line === undefined || waits) this.#queue.push(ownerOf(addressed), entry)
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
    this.#left.clear()
    this.#permits.detach()
  }

  /** Refuses everything that waits: the backend is down for longer. `spare` keeps calls that still have retries. */
  refuseQueued(refusal: Refusal, spare: boolean): void {
    for (const entry of this.#queue.takeAll()) {
      if (spare && entry.attempts < this.#context.spec.retries) {
        entry.attempts++
        this.#queue.push(ownerOf(entry.addressed), entry)
      } else {
        this.#end(entry, unanswered(entry, refusal))
      }
    }
  }

  /** The client cancelled. The backend is told if it had the call; the call ends without a reply. */
  cancel(call: Call): void {
    const entry = entryOf(this.#entries, call)
    // Not accepted yet: it must not be begun when its turn comes.
    if (entry === undefined) return call.settle({ _tag: "Cancelled", sent: false })
    this.#withdraw(entry, "the client cancelled the request")
    this.#permits.giveBack(entry, "ignored")
    this.#end(entry, { _tag: "Cancelled", sent: entry.written })
    this.#pump()
  }

  /** The deadlines of these entries have passed. Room that the first one leaves is none for the next one. */
  expire(serials: ReadonlyArray<number>): void {
    for (const serial of serials) this.#expireOne(serial)
    this.#pump()
  }

  #expireOne(serial: number): void {
    const entry = this.#entries.get(serial)
    if (entry === undefined) return
    const { spec } = this.#context
    const { away } = entry
    const millis = away ? spec.inputTimeoutMillis : spec.timeoutMillis
    this.#withdraw(entry, away ? "the client did not answer in time" : "the gateway's deadline passed")
    this.#permits.giveBack(entry, away ? "ignored" : "failure")
    if (entry.held !== undefined) this.#questions.forget(entry.held)
    this.#end(entry, unanswered(entry, Refusals.deadlineExceeded(spec.name, millis, entry.written)))
  }

  replied(entry: Entry, reply: BackendReply): void {
    this.#context.onProof()
    this.#permits.giveBack(entry, verdict(reply))
    this.#end(entry, answered(entry, reply))
    if (this.#queue.size > 0) this.#pump()
  }

  lost(entry: Entry, reason: string, alone: RequestFailure | undefined): void {
    const { spec } = this.#context
    if (alone === undefined) this.#permits.giveBackLost(entry)
    else this.#permits.giveBack(entry, failureOf(entry, alone))
    this.#unsettled = true
    if (goesOutAgain(entry, alone, spec.retries)) {
      entry.wireId = undefined
      entry.line = undefined
      return this.#queue.push(ownerOf(entry.addressed), entry)
    }
    const refusal = alone?.sent === false ? Refusals.notReached : Refusals.connectionLost
    this.#end(entry, unanswered(entry, refusal(spec.name, reason)))
  }

  /** The end of a turn: what waits takes the places that came free, if the line still stands. */
  settle(): void {
    if (!this.#unsettled) return
    this.#unsettled = false
    this.#pump()
  }

  /** The backend asks the client something. False: no call of this backend can carry the question. */
  ask(id: RequestId, method: string, params: JsonObject, capability: string): boolean {
    return this.#questions.ask(id, method, params, capability)
  }

  /** The backend logs something. False: it belongs to no call, but to whoever has the connection. */
  log(params: JsonObject, about: string | undefined): boolean {
    if (about === undefined) return passLog(this.#entries, params, this.#left)
    // With others on the connection it may be of a call that is over.
    return passLogOf(about, this.#entries, params) || this.#context.spec.isolation === "shared"
  }

  /** Ends everything: the backend is stopped for good. */
  close(refusal: Refusal): void {
    for (const entry of [...this.#entries.values()]) {
      this.#permits.giveBack(entry, "ignored")
      this.#end(entry, unanswered(entry, refusal))
    }
    this.#queue.takeAll()
  }

  /** Whether there is room for one more that waits: at the bound, somebody who has more waiting may give way. */
  #mayWait(newcomer: AddressedCall): boolean {
    const { bounds, name } = this.#context.spec
    if (this.#queue.size < bounds.queued) return true
    // What was sent before can't be refused as if it had not been.
    const displaced = this.#queue.displace(ownerOf(newcomer), ({ written }) => !written)
    if (displaced === undefined) return false
    this.#end(displaced, Refusals.notSent(Refusals.gaveWay(name, bounds.queued)))
    return true
  }

  #pump(): void {
    while (this.#line !== undefined && this.#queue.size > 0 && this.#permits.hasRoom()) {
      const next = this.#queue.shift()
      if (next !== undefined) this.#dispatch(next, this.#line)
    }
  }

  #dispatch(entry: Entry, line: Line): void {
    // Its client has given it up, and its end is on the way: it must not be begun.
    if (entry.addressed.call.ended) return this.#end(entry, { _tag: "Cancelled", sent: entry.written })
    if (this.#returns(entry.addressed, line)) {
      this.#discard(entry)
      return this.#resume(entry.addressed)
    }
    const refusal = refusedToAnswer(entry.addressed, line, this.#context.spec.name) ?? this.#permits.take(entry)
    if (refusal !== undefined) return this.#end(entry, unanswered(entry, refusal))
    entry.send(line)
  }

  /** A stateful backend knows no repeats, and what was sealed here means nothing elsewhere. */
  #returns(addressed: AddressedCall, line: Line | undefined): boolean {
    return (line !== undefined && returns(addressed, line)) || this.recognises(addressed)
  }

  /** A repeat takes the place of the call that was held for it, and needs no room of its own. */
  #resume(addressed: AddressedCall): void {
    const entry = this.#questions.redeem(addressed)
    if (entry === undefined) {
      // A handle that was given out here says that the call was sent; what became of it is no longer known.
      const certainty = this.recognises(addressed) ? Refusals.unknown : Refusals.notSent
      return addressed.call.settle(certainty(Refusals.inputExpired(this.#context.spec.name)))
    }
    this.#entries.delete(entry.serial)
    entry.addressed = addressed
    this.#entries.set(entry.serial, entry)
    const outcome = this.#questions.resume(entry, this.#line)
    if (outcome !== undefined) this.#end(entry, outcome)
  }

  /** Tells the backend to stop, and stops listening for the reply. */
  #withdraw(entry: Entry, reason: string): void {
    const { line, wireId } = entry
    if (line === undefined) this.#queue.remove(ownerOf(entry.addressed), entry)
    if (line === undefined || wireId === undefined) return
    if (line.connection.isUnsent(wireId)) entry.unsend()
    if (line.connection.forget(wireId)) {
      this.#leaves(entry)
      line.connection.notify("notifications/cancelled", { requestId: wireId, reason })
    }
    // A backend that has ended the call may wait for an answer none the less.
    this.#questions.refuse(entry, this.#line?.connection, reason)
  }

  /** The single end of an entry. A held call whose client is away keeps its outcome until the client is back. */
  #end(entry: Entry, outcome: Outcome): void {
    const { held } = entry
    if (held !== undefined && entry.away && held.nonce !== undefined) return held.finish(outcome)
    this.#discard(entry)
    if (held === undefined) return entry.addressed.call.settle(outcome)
    this.#questions.forget(held)
    held.finish(outcome)
  }

  #leaves({ addressed }: Entry): void {
    this.#left.add(this.#left.size < leftSessions ? addressed.call.request.sessionId : anySession)
  }

  #discard(entry: Entry): void {
    if (entry.written && this.#context.spec.launch.type === "http") this.#leaves(entry)
    this.#entries.delete(entry.serial)
    this.#context.clearDeadline(entry.serial)
  }
}
