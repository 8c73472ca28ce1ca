import type * as Effect from "effect/Effect"
import type { Backend } from "../backend/Backend.ts"
import type { JsonObject } from "../domain/Json.ts"
import { askable } from "../protocol/Capabilities.ts"
import type { BackendUnit, SessionSlot } from "./BackendUnit.ts"
import type { LogLevels } from "./LogLevels.ts"
import type { RouterHands } from "./RouterHands.ts"
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
    if (unit.slots.size >= unit.spec.maxSessions && !this.#giveWay(unit)) return undefined
    const { hands, levels } = this.#around
    const slot = hands.openSlot(unit, key, caller)
    unit.slots.set(key, slot)
    const level = levels.of(caller.sessionId)
    if (level !== undefined) slot.backend.logLevel(level)
    this.#effects.push(hands.startSlot(unit, slot))
    hands.setTimer(slot.timer, unit.spec.sessionIdleMillis)
    return slot
  }

  /** A client that can be asked things gets its connections at once: their backends may ask before the first call. */
  described(session: SessionPort): void {
    const capabilities = session.capabilities()
    if (!askable(capabilities)) return
    const caller = { sessionId: session.id, capabilities }
    for (const unit of this.#around.units.values()) if (unit.spec.isolation === "session") this.open(unit, caller)
  }

  /** Passes a notification on to all connections of a session. */
  tell(sessionId: string, method: string, params: JsonObject): void {
    for (const unit of this.#around.units.values()) {
      for (const slot of unit.slots.values()) if (slot.sessionId === sessionId) slot.backend.tell(method, params)
    }
  }

  closeSession(sessionId: string): void {
    for (const unit of this.#around.units.values()) {
      for (const slot of unit.slots.values()) if (slot.sessionId === sessionId) this.#remove(unit, slot)
    }
  }

  /** The idle timer of a slot went off: without work, and nobody watching through it, its process can end. */
  idle(key: SessionSlot["timer"]): void {
    const { hands, units, watches } = this.#around
    const unit = units.get(key.unit)
    const slot = unit?.slots.get(key.slot)
    const view = slot?.backend.view
    if (unit === undefined || slot === undefined || view === undefined) return
    const { holding, queued, sent } = view.inFlight
    const busy = sent + queued + holding > 0 || watches.has(slot.backend)
    if (busy) hands.setTimer(key, unit.spec.sessionIdleMillis)
    else slot.backend.drain()
  }

  /** A connection that was stopped for idleness has no process: it gives its place to another. */
  #giveWay(unit: BackendUnit): boolean {
    for (const slot of unit.slots.values()) {
      if (slot.backend.view?.life._tag !== "Idle" || this.#around.touched.has(slot.backend)) continue
      this.#remove(unit, slot)
      return true
    }
    return false
  }

  #remove(unit: BackendUnit, slot: SessionSlot): void {
    unit.slots.delete(slot.key)
    this.#around.views.forget(slot.key)
    this.#effects.push(this.#around.hands.stopSlot(unit, slot))
  }
}

const slotsOf = (unit: BackendUnit, sessionId: string): number => {
  let count = 0
  for (const slot of unit.slots.values()) if (slot.sessionId === sessionId) count++
  return count
}

const noEffects: ReadonlyArray<Effect.Effect<void>> = []
