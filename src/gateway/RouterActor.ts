import type * as Effect from "effect/Effect"
import type { Backend } from "../backend/Backend.ts"
import type { AddressedCall, Call } from "../domain/Call.ts"
import type { Refusal } from "../domain/Outcome.ts"
import type { Request } from "../domain/Request.ts"
import { denialOf } from "../policy/Gate.ts"
import type { Gate } from "../policy/Gate.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { BackendUnit } from "./BackendUnit.ts"
import { nobody } from "./ClientQuestions.ts"
import { Leases } from "./Leases.ts"
import { isListMethod } from "./ListTexts.ts"
import type { ListMethod } from "./ListTexts.ts"
import { LogLevels } from "./LogLevels.ts"
import { isLone } from "../domain/LoneCaller.ts"
import { OpenSessions } from "./OpenSessions.ts"
import { Patience, patienceMillis } from "./Patience.ts"
import type { RouterHands } from "./RouterHands.ts"
import type { RouterMessage, RouterTimer } from "./RouterMessage.ts"
import type { RouteTable } from "./RouteTable.ts"
import { addressOf } from "./Routing.ts"
import type { SessionPort } from "./SessionPort.ts"
import { SessionSlots, tooManySessions } from "./SessionSlots.ts"
import { notListedYet } from "./Unlisted.ts"
import { Views } from "./Views.ts"
import type { View, ViewSettings } from "./Views.ts"
import { Watches } from "./Watches.ts"
import { WatchRouting } from "./WatchRouting.ts"

export interface RouterSettings extends ViewSettings {
  readonly gates: ReadonlyArray<Gate>
}

/** The mind of the router: sends each call to its backend, by the merged catalogs, and each event to whom it concerns. */
export class RouterActor {
  readonly #hands: RouterHands
  readonly #gates: ReadonlyArray<Gate>
  readonly #units: ReadonlyMap<string, BackendUnit>
  readonly #views: Views
  readonly #patience: Patience
  readonly #sessions: OpenSessions
  readonly #levels: LogLevels
  readonly #slots: SessionSlots
  readonly #leases: Leases
  readonly #touched = new Set<Backend>()
  readonly #watches = new Watches(this.#touched)
  readonly #watchRouting: WatchRouting

  constructor(settings: RouterSettings, hands: RouterHands) {
    const { gates } = settings
    const units = new Map(settings.units.map((unit) => [unit.spec.name, unit]))
    const views = new Views(settings, hands.namesChanged)
    const levels = new LogLevels(settings.units)
    const watches = this.#watches
    const slots = new SessionSlots({ units, hands, views, levels, watches, touched: this.#touched })
    this.#hands = hands
    this.#gates = gates
    this.#units = units
    this.#views = views
    this.#patience = new Patience(settings.units)
    this.#sessions = new OpenSessions(views, hands.setTimer)
    this.#levels = levels
    this.#slots = slots
    this.#leases = new Leases(slots)
    this.#watchRouting = new WatchRouting({ units, gates, views, slots, watches })
  }

  /** Today's merged table, as a client without a session of its own sees it. */
  get table(): RouteTable {
    return this.#views.common(undefined).table
  }

  /** As a client of one backend, or of all, sees it that has no session of its own. */
  view(scope: string | undefined): View {
    return this.#views.common(scope)
  }

  start(): void {
    this.#hands.setTimer("patience", patienceMillis)
  }

  /** Handles a batch, then lets the backends it touched run: one wake-up each, however many calls. */
  receive(batch: ReadonlyArray<RouterMessage>): ReadonlyArray<Effect.Effect<void>> {
    for (const message of batch) this.#handle(message)
    for (const backend of this.#touched) backend.flush()
    this.#touched.clear()
    return this.#slots.takeEffects()
  }

  #handle(message: RouterMessage): void {
    switch (message._tag) {
      case "Dispatch":
        return this.#dispatch(message.call)
      case "Catalog":
        return this.#catalog(message)
      case "Life":
        return this.#life(message)
      case "ResourceUpdated": {
        const backend = this.#backend(message.backend, message.slot)
        return backend === undefined ? undefined : this.#watches.updated(backend, message.params)
      }
      case "Question":
        if (this.#sessionOf(message.backend, message.slot)?.ask(message.question) !== true) nobody(message.question)
        return
      case "Notice":
        return this.#sessionOf(message.backend, message.slot)?.notice(message.method, message.params)
      case "SessionOpened":
        return this.#sessions.opened(message.session)
      case "SessionDescribed":
        return this.#slots.described(message.session)
      case "SessionClosed":
        return this.#closed(message.session)
      case "SlotEnded":
        message.unit.stopping.delete(message.slot)
        return this.#watchRouting.placeWaiting()
      case "SlotRefused":
        this.#slots.refused(message.unit, message.slot)
        return this.#watchRouting.lost(message.slot.backend)
      case "Watch":
        for (const uri of message.uris) this.#watchRouting.watch(message.session, uri, message.request)
        return
      case "Tell":
        return this.#slots.tell(message.session.id, message.method, message.params)
      case "Due":
        for (const key of message.keys) this.#due(key)
        return
    }
  }

  #dispatch(call: Call): void {
    if (call.ended) return
    const { request } = call
    if (isListMethod(request.method)) return this.#list(call, request.method)
    switch (request.method) {
      case "resources/subscribe":
      case "resources/unsubscribe": {
        const on = request.method === "resources/subscribe"
        return acknowledge(call, this.#watchRouting.subscribe(this.#sessions.get(request.sessionId), request, on))
      }
      case "logging/setLevel":
        return acknowledge(call, this.#levels.set(request))
    }
    const address = addressOf(this.#views.of(request).table, request)
    if (address._tag === "Nowhere") return refuse(call, address.refusal)
    if (address._tag === "Unknown") {
      if (this.#patience.keeps(call, address.name)) return
      return refuse(call, notListedYet([...this.#units.values()], address.name, request.scope) ?? address.refusal)
    }
    const { backend: name, params, repeatable, target } = address
    const denial = denialOf(this.#gates, request, name, target)
    if (denial !== undefined) return refuse(call, denial)
    const unit = this.#units.get(name)
    if (unit === undefined) return refuse(call, { code: jsonRpcCodes.internalError, message: `no backend "${name}"` })
    if (unit.spec.isolation === "session" && isLone(request.sessionId)) {
      const placement = this.#leases.place(unit, call)
      if ("_tag" in placement) return call.settle(placement)
      return this.#give(placement.backend, { call: placement.call, params, repeatable })
    }
    const backend = unit.spec.isolation === "shared" ? unit.shared : this.#slots.use(unit, request)?.backend
    if (backend === undefined) return refuse(call, tooManySessions(unit, request.sessionId))
    this.#give(backend, { call, params, repeatable })
  }

  #give(backend: Backend, addressed: AddressedCall): void {
    addressed.call.holder = backend
    backend.offer(addressed)
    this.#touched.add(backend)
  }

  #list(call: Call, method: ListMethod): void {
    if (this.#patience.keeps(call)) return
    const { request } = call
    if ("cursor" in request.params) {
      return refuse(call, { code: jsonRpcCodes.invalidParams, message: "params.cursor is none that the gateway gave" })
    }
    if (isLone(request.sessionId)) this.#show(request)
    const { texts } = this.#views.of(request)
    this.#sessions.listed(request.sessionId, method, texts)
    const resultText = texts.result(method, request.era)
    call.settle({ _tag: "Completed", result: { resultType: "complete" }, resultText, asks: false })
  }

  #show(request: Request): void {
    for (const unit of this.#units.values()) {
      if (unit.isIn(request.scope) && unit.spec.isolation === "session") this.#leases.show(unit, request)
    }
  }

  #answerWaiting(): void {
    for (const call of this.#patience.release()) this.#dispatch(call)
  }

  #closed(session: SessionPort): void {
    this.#watchRouting.closed(session)
    this.#sessions.closed(session)
    this.#levels.forget(session.id)
    this.#slots.closeSession(session.id)
    this.#watchRouting.placeWaiting()
  }

  #catalog({ backend, catalog, peer, slot }: Extract<RouterMessage, { readonly _tag: "Catalog" }>): void {
    const unit = this.#units.get(backend)
    if (unit === undefined) return
    if (slot === undefined) {
      unit.catalog = catalog
      unit.settled = true
      this.#hands.catalogLearned(backend, catalog, peer)
    } else {
      const own = unit.slots.get(slot)
      if (own !== undefined) own.catalog = catalog
    }
    this.#changed()
  }

  #life({ backend, slot, to }: Extract<RouterMessage, { readonly _tag: "Life" }>): void {
    const unit = this.#units.get(backend)
    if (unit === undefined) return
    if (slot !== undefined) return to._tag === "Idle" ? this.#watchRouting.placeWaiting() : undefined
    if (to._tag === "Backoff" || to._tag === "Parked" || to._tag === "Quarantined") unit.settled = true
    if (to._tag !== "Starting") this.#changed()
  }

  #changed(): void {
    this.#views.clear()
    this.#answerWaiting()
    this.#watchRouting.placeWaiting()
    this.#sessions.changed()
  }

  #due(key: RouterTimer): void {
    if (key === "announce") return this.#sessions.announce()
    if (key !== "patience") return this.#slots.idle(key)
    this.#patience.end()
    this.#answerWaiting()
  }

  #backend(name: string, slot: string | undefined): Backend | undefined {
    const unit = this.#units.get(name)
    return slot === undefined ? unit?.shared : unit?.slots.get(slot)?.backend
  }

  /** The client that a per-session connection belongs to. */
  #sessionOf(name: string, slot: string | undefined): SessionPort | undefined {
    const sessionId = slot === undefined ? undefined : this.#units.get(name)?.slots.get(slot)?.sessionId
    return this.#sessions.get(sessionId ?? "")
  }
}

const refuse = (call: Call, refusal: Refusal): void => call.settle({ _tag: "NotSent", refusal })

/** Ends a request that the router itself answers. */
const acknowledge = (call: Call, refusal: Refusal | undefined): void =>
  refusal === undefined ? call.settle(emptyResult) : refuse(call, refusal)

const emptyResult = { _tag: "Completed", result: {}, resultText: "{}", asks: false } as const
