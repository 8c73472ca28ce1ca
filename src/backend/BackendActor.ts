import type * as Effect from "effect/Effect"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Life } from "../machine/Life.ts"
import type { StateSeal } from "../protocol/RequestState.ts"
import type { BackendEvents } from "./BackendEvents.ts"
import type { BackendHands } from "./BackendHands.ts"
import type { BackendMessage, TimerKey } from "./BackendMessage.ts"
import type { Connection } from "./Connection.ts"
import type { Peer } from "./Handshake.ts"
import { Incarnation } from "./Incarnation.ts"
import { InFlight } from "./InFlight.ts"
import { Interests } from "./Interests.ts"
import { LifeCourse } from "./LifeCourse.ts"
import { Prober } from "./Prober.ts"
import * as Refusals from "./Refusals.ts"
import { Relisting } from "./Relisting.ts"
import type { RequestFailure } from "./Transport.ts"
import { Unasked } from "./Unasked.ts"

/** How long list changes are gathered before the lists are read again (protocol notes: 100 to 500 ms). */
export const relistMillis = 150

/**
 * The mind of one backend: takes its messages one by one, keeps lifecycle, calls, health and interests in step. It
 * decides synchronously and hands out effects; it never waits.
 */
export class BackendActor {
  readonly spec: BackendSpec
  readonly inFlight: InFlight
  readonly prober: Prober
  /** Takes what its connections bring besides replies. */
  readonly unasked: Unasked
  readonly #interests = new Interests()
  readonly #incarnation: Incarnation
  readonly #course: LifeCourse
  readonly #relisting: Relisting
  readonly #hands: BackendHands
  readonly #events: BackendEvents
  readonly #effects: Array<Effect.Effect<void>> = []
  /** The time of this turn: the clock is read once a batch. */
  #turn: number
  #proven = false
  #revivedAt = 0

  constructor(spec: BackendSpec, seal: StateSeal, hands: BackendHands, events: BackendEvents) {
    this.spec = spec
    this.#hands = hands
    this.#events = events
    this.#turn = hands.now()
    this.#incarnation = new Incarnation(spec.launch.type === "http")
    const now = () => this.#turn
    const inFlight = new InFlight({
      spec,
      seal,
      now,
      random: hands.random,
      setDeadline: hands.setTimer,
      clearDeadline: hands.clearTimer,
      onProof: () => {
        this.#proven = true
      }
    })
    const course = new LifeCourse({
      spec,
      hands,
      incarnation: this.#incarnation,
      inFlight,
      now,
      perform: (effect) => void this.#effects.push(effect),
      detach: (epoch, reason) => this.#detach(epoch, reason),
      onLife: events.onLife
    })
    const relisting = new Relisting({
      wake: () => hands.setTimer("refresh", relistMillis),
      relist: (connection, peer) => void this.#effects.push(hands.relist(connection, peer)),
      onCatalog: events.onCatalog
    })
    this.prober = new Prober({
      spec,
      now,
      random: hands.random,
      wake: (millis) => hands.setTimer("probe", millis),
      onDown: (reason) => course.unhealthy(reason)
    })
    this.unasked = new Unasked({
      spec,
      events,
      inFlight,
      relisting,
      interests: this.#interests,
      connection: () => this.#incarnation.connection,
      violated: (reason) => course.violated(reason)
    })
    this.inFlight = inFlight
    this.#course = course
    this.#relisting = relisting
  }

  get life(): Life {
    return this.#course.life
  }
  get restarts(): number {
    return this.#course.restarts
  }
  get connection(): Connection | undefined {
    return this.#incarnation.connection
  }
  get peer(): Peer | undefined {
    return this.#incarnation.peer
  }

  /** The last words of the process on stderr, of the one before when there is none now. */
  readonly lastStderr = (): ReadonlyArray<string> => this.#incarnation.lastStderr()

  /** Begins the life of the backend. */
  start(): void {
    this.#turn = this.#hands.now()
    this.#course.step({ _tag: "Start" })
  }

  /** Handles a batch; returns the effects it calls for, in order. */
  receive(batch: ReadonlyArray<BackendMessage>): ReadonlyArray<Effect.Effect<void>> {
    this.#turn = this.#hands.now()
    for (const message of batch) this.#handle(message)
    this.inFlight.settle()
    if (this.#interests.settle()) this.#relisting.changed()
    this.#incarnation.connection?.checkUnread()
    if (this.#proven) {
      this.#proven = false
      this.prober.proven()
    }
    return this.#effects.length === 0 ? noEffects : this.#effects.splice(0)
  }

  /** It is stopped for good: the end of its connection is no loss. */
  stop(): void {
    this.#turn = this.#hands.now()
    this.#course.step({ _tag: "Stop" })
  }

  /** The actor has ended: nobody may wait for it. */
  close(): void {
    this.#incarnation.connection?.lose("was stopped")
    this.inFlight.close(Refusals.stopping(this.spec.name))
  }

  #handle(message: BackendMessage): void {
    switch (message._tag) {
      case "Call":
        return this.#call(message)
      case "Inbound":
        return this.#inbound(message)
      case "Cancel":
        this.inFlight.cancel(message.call)
        return this.#course.settleDrain()
      case "Due":
        return this.#due(message.keys)
      case "Oversize":
        return this.#oversize(message.epoch)
      case "Connected":
        if (message.epoch === this.#course.epoch) this.#incarnation.connected(message.connection)
        return
      case "Started":
        return this.#started(message)
      case "StartFailed":
        return this.#course.step(message)
      case "Lost":
        return this.#lost(message)
      case "Failed":
        return this.#failed(message.epoch, message.id, message.failure)
      case "Exited":
        return this.#exited(message.epoch, message.reason)
      case "Relisted":
        return this.#relisting.relisted(message.epoch === this.#course.epoch ? message.catalog : undefined)
      case "Watch":
        return this.#watch(message.uri, message.on)
      case "LogLevel":
        return this.#interests.logLevel(message.level)
      case "Tell":
        return this.#incarnation.tell(message.method, message.params)
      case "Wake":
      case "Drain":
        return this.#course.step(message)
    }
  }

  #call(message: Extract<BackendMessage, { readonly _tag: "Call" }>): void {
    if (message.addressed.call.ended) return message.addressed.call.settle({ _tag: "Cancelled", sent: false })
    const refusal = Refusals.inLife(this.#course.life, this.spec.name, this.#turn)
    // What became of a call that was begun is known, whatever has become of the backend.
    if (refusal !== undefined && !this.inFlight.recognises(message.addressed)) {
      return message.addressed.call.settle(Refusals.notSent(refusal))
    }
    if (this.#course.life._tag === "Idle") this.start()
    this.inFlight.submit(message.addressed)
  }

  #watch(uri: string, on: boolean): void {
    if (!on) return this.#interests.unwatch(uri)
    this.#interests.watch(uri)
    if (this.#course.life._tag === "Idle") this.start()
  }

  #inbound({ about, epoch, frames }: Extract<BackendMessage, { readonly _tag: "Inbound" }>): void {
    for (const frame of frames) {
      if (this.connection?.epoch !== epoch) return
      this.connection.receive(frame, about)
    }
    this.#course.settleDrain()
  }

  #oversize(epoch: number): void {
    const { frameBytes } = this.spec.bounds
    if (epoch === this.#course.epoch) this.#course.violated(`sent a frame of more than ${frameBytes} bytes`)
  }

  #due(keys: ReadonlyArray<TimerKey>): void {
    const expired: Array<number> = []
    for (const key of keys) {
      if (key === "lifecycle") this.#course.step({ _tag: "Due" })
      else if (key === "probe") {
        this.#revive()
        this.prober.due()
      } else if (key === "refresh") this.#relisting.due()
      else expired.push(key)
    }
    if (expired.length > 0) this.inFlight.expire(expired)
  }

  /** Two probes may come close together; what is under way has the time of an answer. */
  #revive(): void {
    if (this.#turn - this.#revivedAt < this.spec.health.timeoutMillis) return
    this.#revivedAt = this.#turn
    this.#interests.revive()
    this.#relisting.revive()
  }

  #started(message: Extract<BackendMessage, { readonly _tag: "Started" }>): void {
    const { connection, epoch, peer } = message
    if (epoch !== this.#course.epoch || this.#incarnation.connection !== connection) return
    this.#incarnation.started(peer)
    this.#relisting.attach(connection, peer)
    this.#course.step({ _tag: "Started", epoch })
    if (this.#course.life._tag !== "Ready") return
    const line = { connection, dialect: peer.dialect }
    this.#events.onCatalog(message.catalog, peer)
    this.#interests.attach(line, peer)
    this.prober.attach(line)
    this.inFlight.attach(line)
    this.#relisting.firstListed()
  }

  /** The other side is gone: whoever waits for it hears so now, the cleaning up goes on. */
  #lost({ epoch, reason, renewable, unsent }: Extract<BackendMessage, { readonly _tag: "Lost" }>): void {
    const { connection } = this.#incarnation
    if (connection?.epoch !== epoch) return
    this.#incarnation.lost(reason, renewable)
    // First: what goes back into the queue is for the next line, not for this one.
    this.inFlight.detach()
    for (const id of unsent) connection.failed(id, { reason, sent: false })
    this.#detach(epoch, reason)
  }

  #failed(epoch: number, id: string, failure: RequestFailure): void {
    if (this.connection?.epoch === epoch) this.connection.failed(id, failure)
    this.#course.settleDrain()
  }

  #exited(epoch: number, ended: string): void {
    this.#detach(epoch, ended)
    const { lossReason, renewable } = this.#incarnation
    this.#course.step({ _tag: "Exited", epoch, reason: lossReason ?? ended, renewable })
  }

  #detach(epoch: number, reason: string): void {
    const connection = this.#incarnation.detach(epoch)
    if (connection === undefined) return
    this.inFlight.detach()
    this.prober.detach()
    this.#interests.detach()
    this.#relisting.detach()
    connection.lose(reason)
    this.unasked.detach()
  }
}

const noEffects: ReadonlyArray<Effect.Effect<void>> = []
