import type * as Effect from "effect/Effect"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { InputAnswer, LooseQuestion } from "../domain/Call.ts"
import type { Catalog } from "../domain/Catalog.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Refusal } from "../domain/Outcome.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { RequestId } from "../domain/Request.ts"
import type { Life, LifecycleCommand, LifecycleEvent } from "../machine/Life.ts"
import * as Lifecycle from "../machine/Lifecycle.ts"
import { capabilityFor } from "../protocol/Capabilities.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { withoutHopMeta } from "../protocol/Meta.ts"
import type { StateSeal } from "../protocol/RequestState.ts"
import type { BackendMessage, TimerKey } from "./BackendMessage.ts"
import type { Connection, ConnectionEvents } from "./Connection.ts"
import type { Peer } from "./Handshake.ts"
import { InFlight } from "./InFlight.ts"
import type { Entry } from "./InFlight.ts"
import { Interests } from "./Interests.ts"
import { Prober } from "./Prober.ts"
import * as Refusals from "./Refusals.ts"

/** What a backend tells the rest of the gateway. Called on the actor's turn. */
export interface BackendEvents {
  readonly onCatalog: (catalog: Catalog, peer: Peer) => void
  readonly onLife: (from: Life, to: Life) => void
  readonly onResourceUpdated: (params: JsonObject) => void
  /** A question or a notification that no running call can carry; it concerns the client of a per-session connection. */
  readonly onQuestion: (question: LooseQuestion) => void
  readonly onNotice: (method: string, params: JsonObject) => void
}

/** The hands of the actor: what it can't do on its own turn. */
export interface BackendHands {
  readonly now: () => number
  readonly random: () => number
  readonly setTimer: (key: TimerKey, millis: number) => void
  readonly clearTimer: (key: TimerKey) => void
  /** Opens connection `epoch`; everything about it comes back as messages. */
  readonly connect: (epoch: number, probe: boolean) => Effect.Effect<void>
  /** Ends connection `epoch` for good; `Exited` follows. */
  readonly disconnect: (epoch: number) => void
  readonly relist: (connection: Connection, peer: Peer) => Effect.Effect<void>
}

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
  readonly #interests = new Interests()
  readonly #hands: BackendHands
  readonly #events: BackendEvents
  readonly #effects: Array<Effect.Effect<void>> = []
  #state = Lifecycle.initial
  #connection: Connection | undefined
  #peer: Peer | undefined
  #relisting = false
  #relistDue = false
  /** The time of this turn: the clock is read once a batch. */
  #turn: number
  #proven = false
  /** A change was told before the first lists were complete: they may be of before it. */
  #changedEarly = false
  /** Whether this connection asks for the era first, and whether the next one will. */
  #probed = true
  #probeNext = true
  #lastStderr: ReadonlyArray<string> = []
  /** How the other side of this connection went by itself, which says more than that it is gone. */
  #lossReason: string | undefined
  restarts = 0

  constructor(spec: BackendSpec, seal: StateSeal, hands: BackendHands, events: BackendEvents) {
    this.spec = spec
    this.#hands = hands
    this.#events = events
    this.#turn = hands.now()
    const { random } = hands
    const now = () => this.#turn
    this.inFlight = new InFlight({
      spec,
      seal,
      now,
      random,
      setDeadline: hands.setTimer,
      clearDeadline: hands.clearTimer,
      onProof: () => {
        this.#proven = true
      }
    })
    this.prober = new Prober({
      spec,
      now,
      random,
      wake: (millis) => hands.setTimer("probe", millis),
      onDown: (reason) => this.#concerning((epoch) => ({ _tag: "Unhealthy", epoch, reason }))
    })
  }

  get life(): Life {
    return this.#state.life
  }
  get connection(): Connection | undefined {
    return this.#connection
  }
  get peer(): Peer | undefined {
    return this.#peer
  }

  /** The last words of the process on stderr, of the one before when there is none now. */
  lastStderr(): ReadonlyArray<string> {
    return this.#connection?.stderr() ?? this.#lastStderr
  }

  /** Begins the life of the backend. */
  start(): void {
    this.#turn = this.#hands.now()
    this.#live({ _tag: "Start" })
  }

  /** Handles a batch; returns the effects it calls for, in order. */
  receive(batch: ReadonlyArray<BackendMessage>): ReadonlyArray<Effect.Effect<void>> {
    this.#turn = this.#hands.now()
    for (const message of batch) this.#handle(message)
    if (this.#proven) {
      this.#proven = false
      this.prober.proven()
    }
    return this.#effects.length === 0 ? noEffects : this.#effects.splice(0)
  }

  /** The actor has ended: nobody may wait for it. */
  close(): void {
    this.#connection?.lose("was stopped")
    this.inFlight.close({
      code: refusalCodes.shuttingDown,
      message: `backend "${this.spec.name}" is being stopped`,
      backend: this.spec.name
    })
  }

  #handle(message: BackendMessage): void {
    switch (message._tag) {
      case "Call":
        return this.#call(message)
      case "Inbound":
        return this.#inbound(message.epoch, message.frames)
      case "Cancel":
        this.inFlight.cancel(message.call)
        return this.#settleDrain()
      case "Due":
        return this.#due(message.keys)
      case "Oversize":
        return this.#violated(message.epoch, `sent a frame of more than ${this.spec.bounds.frameBytes} bytes`)
      case "Connected":
        if (message.epoch === this.#state.epoch) this.#connection = message.connection
        return
      case "Started":
        return this.#started(message)
      case "StartFailed":
        return this.#live(message)
      case "Lost":
        return this.#lost(message.epoch, message.reason)
      case "Exited":
        this.#detach(message.epoch, message.reason)
        return this.#live({ ...message, reason: this.#lossReason ?? message.reason })
      case "Relisted":
        return this.#relisted(message.epoch, message.catalog)
      case "Watch":
        return message.on ? void this.#interests.watch(message.uri) : this.#interests.unwatch(message.uri)
      case "LogLevel":
        return this.#interests.logLevel(message.level)
      case "Tell":
        if (this.#peer?.dialect.era === "stateful") this.#connection?.notify(message.method, message.params)
        return
      case "Wake":
      case "Drain":
      case "Stop":
        return this.#live(message)
    }
  }

  #call(message: Extract<BackendMessage, { readonly _tag: "Call" }>): void {
    const refusal = refusalIn(this.#state.life, this.spec.name, this.#turn)
    if (message.addressed.call.ended) return
    if (refusal !== undefined) return message.addressed.call.settle(Refusals.notSent(refusal))
    if (this.#state.life._tag === "Idle") this.start()
    this.inFlight.submit(message.addressed)
  }

  #inbound(epoch: number, frames: ReadonlyArray<string>): void {
    for (const frame of frames) {
      const connection = this.#connection
      if (connection?.epoch !== epoch) return
      connection.receive(frame)
    }
    this.#settleDrain()
  }

  #due(keys: ReadonlyArray<TimerKey>): void {
    const expired: Array<Entry> = []
    for (const key of keys) {
      if (key === "lifecycle") this.#live({ _tag: "Due" })
      else if (key === "probe") this.prober.due()
      else if (key === "refresh") this.#relist()
      else expired.push(key)
    }
    if (expired.length > 0) this.inFlight.expire(expired)
  }

  #started(message: Extract<BackendMessage, { readonly _tag: "Started" }>): void {
    if (message.epoch !== this.#state.epoch || this.#connection !== message.connection) return
    const { connection, peer } = message
    this.#probeNext = this.#probed
    this.#peer = peer
    this.#live({ _tag: "Started", epoch: message.epoch })
    if (this.#state.life._tag !== "Ready") return
    const line = { connection, dialect: peer.dialect }
    this.#events.onCatalog(message.catalog, peer)
    this.#interests.attach(line, peer)
    this.prober.attach(line)
    this.inFlight.attach(line)
    if (this.#changedEarly) this.#relistSoon()
  }

  /** The other side is gone: whoever waits for it hears so now, the cleaning up goes on. */
  #lost(epoch: number, reason: string): void {
    if (this.#connection?.epoch !== epoch) return
    // Some servers die of a message before `initialize`: the next incarnation is spared the probe.
    if (this.#peer === undefined && this.#probed) this.#probeNext = false
    this.#lossReason = reason
    this.#detach(epoch, reason)
  }

  #detach(epoch: number, reason: string): void {
    const connection = this.#connection
    if (connection === undefined || connection.epoch !== epoch) return
    this.#lastStderr = connection.stderr()
    this.#connection = undefined
    this.#peer = undefined
    this.inFlight.detach()
    this.prober.detach()
    this.#interests.detach()
    connection.lose(reason)
  }

  #violated(epoch: number, reason: string): void {
    if (epoch === this.#state.epoch) this.#live({ _tag: "Violated", epoch, reason })
  }

  #concerning(event: (epoch: number) => LifecycleEvent): void {
    this.#live(event(this.#state.epoch))
  }

  #live(event: LifecycleEvent): void {
    // What hangs or can't be trusted deserves no seconds to end by itself: its replacement waits for its end.
    if (event._tag === "Unhealthy" || event._tag === "Violated") this.#connection?.kill()
    const context = { settings: this.spec.restart, now: this.#turn, random: this.#hands.random() }
    const { commands, state } = Lifecycle.step(this.#state, event, context)
    this.#state = state
    for (const command of commands) this.#obey(command)
  }

  #obey(command: LifecycleCommand): void {
    switch (command._tag) {
      case "Connect":
        if (command.attempt > 0) this.restarts++
        this.#probed = this.#probeNext
        this.#probeNext = true
        this.#lossReason = undefined
        this.#changedEarly = false
        this.#effects.push(this.#hands.connect(command.epoch, this.#probed))
        return
      case "Disconnect":
        this.#detach(command.epoch, `was ended: ${command.reason}`)
        return this.#hands.disconnect(command.epoch)
      case "WakeAt":
        return this.#hands.setTimer("lifecycle", command.at - this.#turn)
      case "Announce":
        this.#announce(command.from, command.to)
    }
  }

  #announce(from: Life, to: Life): void {
    const refusal = refusalIn(to, this.spec.name, this.#turn)
    if (refusal !== undefined) this.inFlight.refuseQueued(refusal, false)
    else if (to._tag === "Backoff" && from._tag === "Starting") {
      const why = Refusals.unavailable(this.spec.name, to.reason, to.until - this.#turn)
      this.inFlight.refuseQueued(why, true)
    }
    this.#events.onLife(from, to)
    this.#settleDrain()
  }

  #settleDrain(): void {
    if (this.#state.life._tag !== "Draining") return
    if (this.inFlight.sent + this.inFlight.queued > 0) return
    this.#concerning((epoch) => ({ _tag: "Drained", epoch }))
  }

  /** The first change starts the wait and later ones join it: a flood of changes delays nothing. */
  #relistSoon(): void {
    if (this.#relistDue) return
    if (this.#peer === undefined) {
      this.#changedEarly = true
      return
    }
    this.#relistDue = true
    this.#hands.setTimer("refresh", relistMillis)
  }

  #relist(): void {
    this.#relistDue = false
    const connection = this.#connection
    const peer = this.#peer
    if (connection === undefined || peer === undefined) return
    if (this.#relisting) return this.#relistSoon()
    this.#relisting = true
    this.#effects.push(this.#hands.relist(connection, peer))
  }

  #relisted(epoch: number, catalog: Catalog | undefined): void {
    this.#relisting = false
    if (epoch === this.#state.epoch && catalog !== undefined && this.#peer !== undefined) {
      this.#events.onCatalog(catalog, this.#peer)
    }
  }

  /** What a connection of this backend brings besides replies. */
  readonly connectionEvents: ConnectionEvents = {
    onNotification: (method, params) => this.#notified(method, params),
    onRequest: (id, method, params) => this.#asked(id, method, params),
    onViolation: (reason) => this.#concerning((epoch) => ({ _tag: "Violated", epoch, reason }))
  }

  #notified(method: string, params: JsonObject): void {
    switch (method) {
      case "notifications/tools/list_changed":
      case "notifications/prompts/list_changed":
      case "notifications/resources/list_changed":
        return this.#relistSoon()
      case "notifications/resources/updated":
        // The stream it came on is the gateway's own; a client's streams have ids of their own.
        return this.#events.onResourceUpdated(withoutHopMeta(params))
      case "notifications/message":
        if (!this.inFlight.log(params)) this.#events.onNotice(method, params)
        return
      case "notifications/elicitation/complete":
        return this.#events.onNotice(method, params)
    }
  }

  #asked(id: RequestId, method: string, params: JsonObject): void {
    const connection = this.#connection
    if (connection === undefined) return
    if (method === "ping") return connection.respond(id, {})
    const capability = capabilityFor(method)
    if (capability === undefined) {
      return connection.refuse(id, jsonRpcCodes.methodNotFound, `the client has no method ${JSON.stringify(method)}`)
    }
    if (this.spec.isolation === "shared") {
      return connection.refuse(id, jsonRpcCodes.methodNotFound, `${method} needs isolation = "session" for this server`)
    }
    if (this.inFlight.ask(id, method, params, capability)) return
    const answer = (given: InputAnswer) => (this.#connection === connection ? connection.answer(id, given) : undefined)
    this.#events.onQuestion({ method, params, answer })
  }
}

const noEffects: ReadonlyArray<Effect.Effect<void>> = []

/** Why a backend in this state takes no calls; `undefined` when it takes them or will soon. */
const refusalIn = (life: Life, name: string, now: number): Refusal | undefined => {
  switch (life._tag) {
    case "Quarantined":
      return Refusals.quarantined(name, life.reason, life.until - now)
    case "Parked":
      return Refusals.unavailable(name, life.reason, life.until === undefined ? undefined : life.until - now)
    case "Draining":
    case "Stopped":
      return { code: refusalCodes.shuttingDown, message: `backend "${name}" is being stopped`, backend: name }
    default:
      return undefined
  }
}
