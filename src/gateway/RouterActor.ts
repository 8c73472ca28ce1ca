import type * as Effect from "effect/Effect"
import type { Backend } from "../backend/Backend.ts"
import type { Peer } from "../backend/Handshake.ts"
import type { GatewayBounds } from "../domain/BackendSpec.ts"
import type { Call } from "../domain/Call.ts"
import type { Catalog } from "../domain/Catalog.ts"
import type { Refusal } from "../domain/Outcome.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import { logLevels } from "../domain/Request.ts"
import type { LogLevel, Request } from "../domain/Request.ts"
import { firstDenial } from "../policy/Gate.ts"
import type { Gate } from "../policy/Gate.ts"
import { askable, relayableCapabilities } from "../protocol/Capabilities.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import type { BackendUnit, SessionSlot } from "./BackendUnit.ts"
import { nobody } from "./ClientQuestions.ts"
import { ListTexts, isListMethod } from "./ListTexts.ts"
import type { ListMethod } from "./ListTexts.ts"
import type { NameOwners } from "./Names.ts"
import { buildRouteTable } from "./RouteTable.ts"
import type { RouteTable } from "./RouteTable.ts"
import type { RouterMessage, RouterTimer } from "./RouterMessage.ts"
import { addressOf, ownerOfUri } from "./Routing.ts"
import { Seen } from "./Seen.ts"
import type { SessionPort, WatchSide } from "./SessionPort.ts"
import { Watches, watchesPerSession } from "./Watches.ts"

/** What the router needs done that it can't do on its own turn. */
export interface RouterHands {
  readonly setTimer: (key: RouterTimer, millis: number) => void
  /** A per-session connection, made but not started; `start` starts it. */
  readonly openSlot: (unit: BackendUnit, key: string, request: Pick<Request, "sessionId" | "capabilities">) => SessionSlot
  readonly startSlot: (unit: BackendUnit, slot: SessionSlot) => Effect.Effect<void>
  readonly stopSlot: (unit: BackendUnit, slot: SessionSlot) => Effect.Effect<void>
  readonly catalogLearned: (backend: string, catalog: Catalog, peer: Peer) => void
  readonly namesChanged: (names: Readonly<Record<string, string>>) => void
}

export interface RouterSettings {
  readonly units: ReadonlyArray<BackendUnit>
  readonly owners: NameOwners
  readonly gates: ReadonlyArray<Gate>
  readonly bounds: GatewayBounds
  readonly identity: Implementation
}

/** How long changes are gathered before clients hear of them (protocol notes: 100 to 500 ms). */
export const announceMillis = 150
/** How long a list waits for backends that start for the first time ever; with a cached catalog nothing waits. */
export const patienceMillis = 1_500
/** Lists that may wait so. */
export const waitingLists = 256

interface View {
  readonly table: RouteTable
  readonly texts: ListTexts
}

/** The mind of the router: owns the merged catalog and the route table, and sends each call to its backend. */
export class RouterActor {
  readonly #settings: RouterSettings
  readonly #hands: RouterHands
  readonly #units: ReadonlyMap<string, BackendUnit>
  readonly #perSession: boolean
  readonly #views = new Map<string, View>()
  readonly #watches = new Watches()
  readonly #unplaced = new Map<SessionPort, Map<string, Request>>()
  readonly #sessions = new Map<string, { readonly session: SessionPort; readonly seen: Seen }>()
  readonly #levels = new Map<string, LogLevel>()
  readonly #touched = new Set<Backend>()
  readonly #effects: Array<Effect.Effect<void>> = []
  #waiting: Array<Call> = []
  #patient = true
  #announcing = false

  constructor(settings: RouterSettings, hands: RouterHands) {
    this.#settings = settings
    this.#hands = hands
    this.#units = new Map(settings.units.map((unit) => [unit.spec.name, unit]))
    this.#perSession = settings.units.some(({ spec }) => spec.isolation === "session")
  }

  /** Today's merged table, as a client without a session of its own sees it. */
  get table(): RouteTable {
    return this.#view(undefined).table
  }

  start(): void {
    this.#hands.setTimer("patience", patienceMillis)
  }

  /** Handles a batch, then lets the backends it touched run: one wake-up each, however many calls. */
  receive(batch: ReadonlyArray<RouterMessage>): ReadonlyArray<Effect.Effect<void>> {
    for (const message of batch) this.#handle(message)
    for (const backend of this.#touched) backend.flush()
    this.#touched.clear()
    return this.#effects.length === 0 ? noEffects : this.#effects.splice(0)
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
        return this.#opened(message.session)
      case "SessionDescribed":
        return this.#described(message.session)
      case "SessionClosed":
        return this.#closed(message.session)
      case "Watch":
        return this.#watch(message.session, message.uri, message.request)
      case "Tell":
        return this.#tell(message)
      case "Due":
        for (const key of message.keys) this.#due(key)
        return
      case "Wake":
        return this.#units.get(message.backend)?.shared.wake()
    }
  }

  #dispatch(call: Call): void {
    if (call.ended) return
    const { request } = call
    if (isListMethod(request.method)) return this.#list(call, request.method)
    switch (request.method) {
      case "resources/subscribe":
      case "resources/unsubscribe":
        return this.#subscribe(call, request.method === "resources/subscribe")
      case "logging/setLevel":
        return this.#setLevel(call)
    }
    const address = addressOf(this.#viewFor(request).table, request)
    if (address._tag === "Nowhere") return refuse(call, address.refusal)
    const { backend: name, params, repeatable, target } = address
    const denial = this.#denial(request, name, target)
    if (denial !== undefined) return refuse(call, denial)
    const unit = this.#units.get(name)
    if (unit === undefined) return refuse(call, { code: jsonRpcCodes.internalError, message: `no backend "${name}"` })
    const backend = this.#lineOf(unit, call)
    if (backend === undefined) return
    call.holder = backend
    backend.offer({ call, params, repeatable })
    this.#touched.add(backend)
  }

  /** What the gates say of a request that would go to a backend; `undefined` when all allow it. */
  #denial(request: Request, backend: string, target: string): Refusal | undefined {
    const { gates } = this.#settings
    return gates.length === 0 ? undefined : firstDenial(gates, { request, backend, target })
  }

  /** The connection that serves this caller; opens a per-session one on first use. */
  #lineOf(unit: BackendUnit, call: Call): Backend | undefined {
    if (unit.spec.isolation === "shared") return unit.shared
    const slot = this.#slot(unit, call.request)
    if (slot === undefined) {
      const message = `backend "${unit.spec.name}" serves ${unit.spec.maxSessions} sessions already (max_sessions)`
      refuse(call, { code: refusalCodes.overloaded, message, backend: unit.spec.name, retryAfterMs: 5_000 })
      return undefined
    }
    this.#hands.setTimer(slot.timer, unit.spec.sessionIdleMillis)
    return slot.backend
  }

  #slot(unit: BackendUnit, request: Pick<Request, "sessionId" | "capabilities">): SessionSlot | undefined {
    const key = slotKey(request)
    const known = unit.slots.get(key)
    if (known !== undefined) return known
    if (unit.slots.size >= unit.spec.maxSessions && !this.#giveWay(unit)) return undefined
    const slot = this.#hands.openSlot(unit, key, request)
    unit.slots.set(key, slot)
    const level = this.#levels.get(request.sessionId)
    if (level !== undefined) slot.backend.logLevel(level)
    this.#effects.push(this.#hands.startSlot(unit, slot))
    this.#hands.setTimer(slot.timer, unit.spec.sessionIdleMillis)
    return slot
  }

  /** A connection that was stopped for idleness has no process: it gives its place to another. */
  #giveWay(unit: BackendUnit): boolean {
    for (const [key, slot] of unit.slots) {
      if (slot.backend.view?.life._tag !== "Idle" || this.#touched.has(slot.backend)) continue
      unit.slots.delete(key)
      this.#views.delete(key)
      this.#effects.push(this.#hands.stopSlot(unit, slot))
      return true
    }
    return false
  }

  #list(call: Call, method: ListMethod): void {
    if (this.#patient && this.#waiting.length < waitingLists && this.#unknown()) {
      this.#waiting.push(call)
      return
    }
    const { request } = call
    if ("cursor" in request.params) {
      return refuse(call, { code: jsonRpcCodes.invalidParams, message: "params.cursor is none that the gateway gave" })
    }
    const { texts } = this.#viewFor(request)
    this.#sessions.get(request.sessionId)?.seen.listed(method, texts)
    const resultText = texts.result(method, request.era)
    call.settle({ _tag: "Completed", result: { resultType: "complete" }, resultText })
  }

  #unknown(): boolean {
    return this.#settings.units.some(({ catalog, settled }) => catalog === undefined && !settled)
  }

  #answerWaiting(): void {
    if (this.#patient && this.#unknown()) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const call of waiting) if (!call.ended && isListMethod(call.request.method)) this.#list(call, call.request.method)
  }

  #subscribe(call: Call, on: boolean): void {
    const uri = call.request.params["uri"]
    const session = this.#sessions.get(call.request.sessionId)?.session
    if (typeof uri !== "string" || session === undefined) {
      return refuse(call, { code: jsonRpcCodes.invalidParams, message: "params.uri must be a string: the resource" })
    }
    const denial = on ? this.#watchDenial(uri, call.request) : undefined
    if (denial !== undefined) return refuse(call, denial)
    if (!on) this.#watches.remove(session, "session", uri)
    else if (!this.#watchAt(session, "session", uri, call.request)) {
      const message = `Unknown resource: ${uri.slice(0, 256)}, or too many subscriptions`
      return refuse(call, { code: jsonRpcCodes.invalidParams, message })
    }
    call.settle(emptyResult)
  }

  /** A stream may name a resource before its backend is up: it is placed when the owner is known. */
  #watch(session: SessionPort, uri: string, request: Request | undefined): void {
    const waiting = this.#unplaced.get(session) ?? new Map<string, Request>()
    waiting.delete(uri)
    if (request === undefined) this.#watches.remove(session, "streams", uri)
    else if (this.#watchDenial(uri, request) === undefined && !this.#watchAt(session, "streams", uri, request)) {
      if (waiting.size < watchesPerSession) waiting.set(uri, request)
    }
    if (waiting.size > 0) this.#unplaced.set(session, waiting)
    else this.#unplaced.delete(session)
  }

  #watchDenial(uri: string, request: Request): Refusal | undefined {
    const backend = ownerOfUri(this.#viewFor(request).table, uri)
    return backend === undefined ? undefined : this.#denial(request, backend, uri)
  }

  #watchAt(
    session: SessionPort,
    side: WatchSide,
    uri: string,
    request: Pick<Request, "sessionId" | "capabilities">
  ): boolean {
    const unit = this.#units.get(ownerOfUri(this.#viewFor(request).table, uri) ?? "")
    if (unit === undefined) return false
    const backend = unit.spec.isolation === "shared" ? unit.shared : this.#slot(unit, request)?.backend
    return backend !== undefined && this.#watches.add(session, side, uri, backend)
  }

  #setLevel(call: Call): void {
    const level = logLevels.find((known) => known === call.request.params["level"])
    if (level === undefined) {
      return refuse(call, { code: jsonRpcCodes.invalidParams, message: `params.level must be one of ${logLevels.join(", ")}` })
    }
    this.#levels.set(call.request.sessionId, level)
    const least = logLevels.find((known) => [...this.#levels.values()].includes(known)) ?? level
    for (const unit of this.#units.values()) {
      unit.shared.logLevel(least)
      for (const slot of unit.slots.values()) {
        if (slot.sessionId === call.request.sessionId) slot.backend.logLevel(level)
      }
    }
    call.settle(emptyResult)
  }

  #tell({ method, params, session }: Extract<RouterMessage, { readonly _tag: "Tell" }>): void {
    for (const unit of this.#units.values()) {
      for (const slot of unit.slots.values()) if (slot.sessionId === session.id) slot.backend.tell(method, params)
    }
  }

  #opened(session: SessionPort): void {
    this.#sessions.set(session.id, { session, seen: new Seen(this.#view(undefined).texts) })
  }

  #described(session: SessionPort): void {
    if (!this.#perSession || !askable(session.capabilities())) return
    const request = { sessionId: session.id, capabilities: session.capabilities() }
    for (const unit of this.#units.values()) if (unit.spec.isolation === "session") this.#slot(unit, request)
  }

  #closed(session: SessionPort): void {
    this.#watches.removeSession(session)
    this.#unplaced.delete(session)
    this.#sessions.delete(session.id)
    this.#levels.delete(session.id)
    for (const unit of this.#units.values()) {
      for (const [key, slot] of unit.slots) {
        if (slot.sessionId !== session.id) continue
        unit.slots.delete(key)
        this.#views.delete(key)
        this.#effects.push(this.#hands.stopSlot(unit, slot))
      }
    }
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
    if (unit === undefined || slot !== undefined) return
    if (to._tag === "Backoff" || to._tag === "Parked" || to._tag === "Quarantined") unit.settled = true
    if (to._tag !== "Starting") this.#changed()
  }

  #changed(): void {
    this.#views.clear()
    this.#answerWaiting()
    for (const [session, waiting] of this.#unplaced) {
      for (const [uri, request] of [...waiting]) this.#watch(session, uri, request)
    }
    if (this.#announcing) return
    this.#announcing = true
    this.#hands.setTimer("announce", announceMillis)
  }

  #due(key: RouterTimer): void {
    if (key === "announce") return this.#announce()
    if (key === "patience") {
      this.#patient = false
      return this.#answerWaiting()
    }
    const slot = this.#units.get(key.unit)?.slots.get(key.slot)
    const view = slot?.backend.view
    if (slot === undefined || view === undefined) return
    const { holding, queued, sent } = view.inFlight
    const busy = sent + queued + holding > 0 || this.#watches.has(slot.backend)
    const idle = this.#units.get(key.unit)?.spec.sessionIdleMillis ?? 0
    if (busy) this.#hands.setTimer(key, idle)
    else slot.backend.drain()
  }

  #announce(): void {
    this.#announcing = false
    for (const { seen, session } of this.#sessions.values()) {
      const { texts } = this.#viewFor({ sessionId: session.id, capabilities: session.capabilities() })
      const changes = seen.changes(texts)
      if (changes !== undefined) session.listsChanged(changes)
    }
  }

  #backend(name: string, slot: string | undefined): Backend | undefined {
    const unit = this.#units.get(name)
    return slot === undefined ? unit?.shared : unit?.slots.get(slot)?.backend
  }

  /** The client that a per-session connection belongs to. */
  #sessionOf(name: string, slot: string | undefined): SessionPort | undefined {
    const sessionId = slot === undefined ? undefined : this.#units.get(name)?.slots.get(slot)?.sessionId
    return this.#sessions.get(sessionId ?? "")?.session
  }

  #viewFor(request: Pick<Request, "sessionId" | "capabilities">): View {
    if (!this.#perSession) return this.#view(undefined)
    const key = slotKey(request)
    for (const unit of this.#units.values()) {
      if (unit.slots.has(key)) return this.#view(key)
    }
    return this.#view(undefined)
  }

  #view(slot: string | undefined): View {
    const key = slot ?? ""
    const known = this.#views.get(key)
    if (known !== undefined) return known
    const { bounds, identity, owners, units } = this.#settings
    const contributions = units.map((unit) => ({ spec: unit.spec, ...unit.contribution(slot) }))
    const table = buildRouteTable(contributions, owners, bounds)
    const view = { table, texts: new ListTexts(table, identity) }
    this.#views.set(key, view)
    const names = owners.takeChanges()
    if (names !== undefined) this.#hands.namesChanged(names)
    return view
  }
}

const noEffects: ReadonlyArray<Effect.Effect<void>> = []
const emptyResult = { _tag: "Completed", result: {}, resultText: "{}" } as const

const refuse = (call: Call, refusal: Refusal): void => call.settle({ _tag: "NotSent", refusal })

/** One connection a session and a set of capabilities: a backend shows other tools to a client that can do more. */
const slotKey = ({ capabilities, sessionId }: Pick<Request, "sessionId" | "capabilities">): string =>
  `${sessionId} ${JSON.stringify(relayableCapabilities(capabilities))}`
