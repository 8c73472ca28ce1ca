import type * as Effect from "effect/Effect"
import type { Backend } from "../backend/Backend.ts"
import type { JsonObject } from "../domain/Json.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Refusal } from "../domain/Outcome.ts"
import { askable } from "../protocol/Capabilities.ts"
import type { BackendUnit, SessionSlot } from "./BackendUnit.ts"
import type { LogLevels } from "./LogLevels.ts"
import type { RouterHands, SlotName } from "./RouterHands.ts"
import type { SessionPort } from "./SessionPort.ts"
import { slotKey } from "./SlotKey.ts"
import type { Caller } from "./SlotKey.ts"
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
    if (slotsOf(unit, caller.sessionId) >= slotsPerSession) return undefined
    return this.add(unit, { key, leased: false }, caller)
  }

  /** One more slot; `undefined` when the backend serves as many as it may. */
  add(unit: BackendUnit, name: SlotName, caller: Caller): SessionSlot | undefined {
    if (unit.slots.size >= unit.spec.maxSessions && !this.#giveWay(unit)) return undefined
    const { hands, levels } = this.#around
    const slot = hands.openSlot(unit, name, caller)
    unit.slots.set(slot.key, slot)
    const level = levels.of(caller.sessionId)
    if (level !== undefined) slot.backend.logLevel(level)
    this.#effects.push(hands.startSlot(unit, slot))
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
    if (unit === undefined || slot?.backend.view === undefined) return
    if (this.isQuiet(slot)) slot.backend.drain()
    else hands.setTimer(key, unit.spec.sessionIdleMillis)
  }

  /** Nothing is under way on this slot, and nobody watches through it. */
  isQuiet({ backend, lease }: SessionSlot): boolean {
    const { touched, watches } = this.#around
    const { holding = 0, queued = 0, sent = 0 } = backend.view?.inFlight ?? {}
    return sent + queued + holding === 0 && lease?.free !== false && !touched.has(backend) && !watches.has(backend)
  }

  remove(unit: BackendUnit, slot: SessionSlot): void {
    unit.slots.delete(slot.key)
    this.#around.views.forget(slot.group)
    this.#effects.push(this.#around.hands.stopSlot(unit, slot))
  }

  /**
   * Somebody gives its place to another: a connection that was stopped for idleness and has no process, else, of those
   * for lone calls that no call uses, the one whose use is the longest ago.
   */
  #giveWay(unit: BackendUnit): boolean {
    const { touched } = this.#around
    let free: SessionSlot | undefined
    for (const slot of unit.slots.values()) {
      if (slot.backend.view?.life._tag === "Idle" && !touched.has(slot.backend)) {
        this.remove(unit, slot)
        return true
      }
      if (slot.lease !== undefined && this.isQuiet(slot)) free ??= slot
    }
    if (free !== undefined) this.remove(unit, free)
    return free !== undefined
  }
}

/** The answer when there is no connection to be had. */
export const tooManySessions = ({ slots, spec: { maxSessions, name } }: BackendUnit): Refusal => ({
  code: refusalCodes.overloaded,
  message:
    slots.size < maxSessions
      ? `backend "${name}" serves this session on ${slotsPerSession} connections already: one a set of capabilities`
      : `backend "${name}" serves ${maxSessions} sessions already (max_sessions)`,
  backend: name,
  retryAfterMs: 5_000
})

const slotsOf = (unit: BackendUnit, sessionId: string): number => {
  let count = 0
  for (const slot of unit.slots.values()) if (slot.sessionId === sessionId && slot.lease === undefined) count++
  return count
}

const noEffects: ReadonlyArray<Effect.Effect<void>> = []
