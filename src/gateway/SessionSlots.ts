import type * as Effect from "effect/Effect"
import type { Backend } from "../backend/Backend.ts"
import type { JsonObject } from "../domain/Json.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Refusal } from "../domain/Outcome.ts"
import { isLone } from "../domain/LoneCaller.ts"
import { askable } from "../protocol/Capabilities.ts"
import type { BackendUnit, SessionSlot } from "./BackendUnit.ts"
import type { LogLevels } from "./LogLevels.ts"
import type { RouterHands, SlotName } from "./RouterHands.ts"
import { loneShare } from "./LoneShare.ts"
import type { SessionPort } from "./SessionPort.ts"
import { slotKey } from "./SlotKey.ts"
import type { Caller } from "./SlotKey.ts"
import { askAgainMillis } from "./Unlisted.ts"
import type { Views } from "./Views.ts"
import type { Watches } from "./Watches.ts"

/** Connections of one session to one backend: it gets no more by declaring something else with each request. */
export const slotsPerSession = 8

/** What the slots need of the rest of the router. */
export interface SlotSurroundings {
  readonly units: ReadonlyMap<string, BackendUnit>
  readonly hands: RouterHands
  readonly views: Views
  readonly levels: LogLevels
  readonly watches: Watches
  /** Backends with calls of the current batch, which they have not seen yet. */
  readonly touched: ReadonlySet<Backend>
}

/**
 * The connections of single sessions (`isolation = "session"`): opened on first use, at most `max_sessions` a backend,
 * drained when unused for `session_idle_secs`, stopped with their session.
 */
export class SessionSlots {
  readonly #around: SlotSurroundings
  readonly #effects: Array<Effect.Effect<void>> = []

  constructor(around: SlotSurroundings) {
    this.#around = around
  }

  /** Starts and stops that are still to be carried out. */
  takeEffects(): ReadonlyArray<Effect.Effect<void>> {
    return this.#effects.length === 0 ? noEffects : this.#effects.splice(0)
  }

  /** The slot for a call of this caller, which is now in use; `undefined` when the backend serves as many as it may. */
  use(unit: BackendUnit, caller: Caller): SessionSlot | undefined {
    const slot = this.open(unit, caller)
    if (slot !== undefined) this.#around.hands.setTimer(slot.timer, unit.spec.sessionIdleMillis)
    return slot
  }

  /** The slot of this caller, opened if there is none; `undefined` when the backend serves as many as it may. */
  open(unit: BackendUnit, caller: Caller): SessionSlot | undefined {
    const key = slotKey(caller)
    const known = unit.slots.get(key)
    if (known !== undefined) return known
    const own = slotsOf(unit, caller.sessionId)
    if (own.length < slotsPerSession) return this.add(unit, { key, leased: false }, caller)
    const instead = own.find((slot) => this.#isAsleep(slot))
    return instead === undefined ? undefined : this.add(unit, { key, leased: false }, caller, instead)
  }

  /** One more slot, or one in the place of `instead`; `undefined` when the backend serves as many as it may. */
  add(unit: BackendUnit, name: SlotName, caller: Caller, instead?: SessionSlot): SessionSlot | undefined {
    const after = instead ?? (unit.hasRoom ? undefined : this.#whoGivesWay(unit))
    if (after !== undefined) this.remove(unit, after)
    else if (!unit.hasRoom) return undefined
    const { hands, levels } = this.#around
    const slot = hands.openSlot(unit, name, caller)
    unit.slots.set(slot.key, slot)
    const level = levels.of(caller.sessionId)
    if (level !== undefined) slot.backend.logLevel(level)
    this.#effects.push(hands.startSlot(unit, slot, after))
    hands.setTimer(slot.timer, unit.spec.sessionIdleMillis)
    return slot
  }

  /** A leased slot is in use now: it becomes the last of all. */
  used(unit: BackendUnit, slot: SessionSlot): void {
    unit.slots.delete(slot.key)
    unit.slots.set(slot.key, slot)
    this.#around.hands.setTimer(slot.timer, unit.spec.sessionIdleMillis)
  }

  /** A client that can be asked things gets its connections at once: their backends may ask before the first call. */
  described(session: SessionPort): void {
    const capabilities = session.capabilities()
    if (!askable(capabilities)) return
    const caller = { sessionId: session.id, capabilities }
    for (const unit of this.#around.units.values()) {
      if (unit.isIn(session.scope) && unit.spec.isolation === "session") this.open(unit, caller)
    }
  }

  /** Passes a notification on to all connections of a session. */
  tell(sessionId: string, method: string, params: JsonObject): void {
    for (const unit of this.#around.units.values()) {
      for (const slot of unit.slots.values()) if (slot.sessionId === sessionId) slot.backend.tell(method, params)
    }
  }

  closeSession(sessionId: string): void {
    for (const unit of this.#around.units.values()) {
      for (const slot of unit.slots.values()) if (slot.sessionId === sessionId) this.remove(unit, slot)
    }
  }

  /** The idle timer of a slot went off: without work, and nobody watching through it, its process can end. */
  idle(key: SessionSlot["timer"]): void {
    const { hands, units } = this.#around
    const unit = units.get(key.unit)
    const slot = unit?.slots.get(key.slot)
    if (unit === undefined || slot === undefined) return
    if (this.isQuiet(slot)) slot.backend.drain()
    else hands.setTimer(key, unit.spec.sessionIdleMillis)
  }

  /** Nothing is under way on this slot, and nobody watches through it. */
  isQuiet({ backend, lease }: SessionSlot): boolean {
    const { touched, watches } = this.#around
    // Not started yet: calls may wait in its mailbox.
    if (backend.view === undefined) return false
    const { holding, queued, sent } = backend.view.inFlight
    return sent + queued + holding === 0 && lease?.free !== false && !touched.has(backend) && !watches.has(backend)
  }

  /** Takes a slot out. It holds its place until its child has ended. */
  remove(unit: BackendUnit, slot: SessionSlot): void {
    unit.slots.delete(slot.key)
    unit.stopping.add(slot)
    this.#around.views.forget(slot.group)
    this.#effects.push(this.#around.hands.stopSlot(unit, slot))
  }

  /** A slot could not be started: it is none. */
  refused(unit: BackendUnit, slot: SessionSlot): void {
    if (unit.slots.get(slot.key) === slot) unit.slots.delete(slot.key)
    this.#around.views.forget(slot.group)
  }

  /**
   * Somebody gives its place to another: a connection that was stopped for idleness, else, of those
   * for lone calls that no call uses, the one whose use is the longest ago.
   */
  #whoGivesWay(unit: BackendUnit): SessionSlot | undefined {
    let free: SessionSlot | undefined
    for (const slot of unit.slots.values()) {
      if (this.#isAsleep(slot)) return slot
      if (slot.lease !== undefined && this.isQuiet(slot)) free ??= slot
    }
    return free
  }

  /** It was stopped for idleness, and nobody needs it: who watches through it needs its place. */
  #isAsleep({ backend }: SessionSlot): boolean {
    const { touched, watches } = this.#around
    return backend.view?.life._tag === "Idle" && !touched.has(backend) && !watches.has(backend)
  }
}

/** The answer when there is no connection to be had for this session. */
export const tooManySessions = (unit: BackendUnit, sessionId: string): Refusal => ({
  code: refusalCodes.overloaded,
  message: `backend "${unit.spec.name}" serves ${whatIsFull(unit, sessionId)}`,
  backend: unit.spec.name,
  retryAfterMs: askAgainMillis.full
})

const whatIsFull = (unit: BackendUnit, sessionId: string): string => {
  const { maxSessions } = unit.spec
  if (!unit.hasRoom) return `${maxSessions} sessions already (max_sessions)`
  return isLone(sessionId)
    ? `this caller on ${loneShare(maxSessions)} connections already: its share of max_sessions`
    : `this session on ${slotsPerSession} connections already: one a set of capabilities`
}

const slotsOf = (unit: BackendUnit, sessionId: string): ReadonlyArray<SessionSlot> =>
  [...unit.slots.values()].filter((slot) => slot.sessionId === sessionId && slot.lease === undefined)

const noEffects: ReadonlyArray<Effect.Effect<void>> = []
