import type { Backend } from "../backend/Backend.ts"
import { inputExpired } from "../backend/Refusals.ts"
import { mayAskForInput } from "../domain/Call.ts"
import type { Call } from "../domain/Call.ts"
import type { Era } from "../domain/Era.ts"
import type { Refusal } from "../domain/Outcome.ts"
import type { Request } from "../domain/Request.ts"
import { askable } from "../protocol/Capabilities.ts"
import type { BackendUnit, SessionSlot } from "./BackendUnit.ts"
import { tooManySessions } from "./SessionSlots.ts"
import type { SessionSlots } from "./SessionSlots.ts"
import { slotKey } from "./SlotKey.ts"

/** Where a call goes: `call` is what to give to the backend. */
export interface Placement {
  readonly backend: Backend
  readonly call: Call
}

/**
 * Which connection of a per-session backend serves a lone request (HTTP, stateless era). A principal's requests that
 * can't be asked anything share one; each that can has one for itself as long as it runs, held time included, because
 * a stateful backend's question is for whatever call is there. A free connection of the same principal and capabilities
 * is taken again, the one used last first. Nothing here is ever shared by two principals.
 */
export class Leases {
  readonly #slots: SessionSlots
  #opened = 0

  constructor(slots: SessionSlots) {
    this.#slots = slots
  }

  /** Finds or opens the connection for a call, which then counts as running there. */
  place(unit: BackendUnit, call: Call): Placement | Refusal {
    const { request } = call
    const { requestState } = request.params
    const holding = typeof requestState === "string" ? holderOf(unit, request, requestState) : undefined
    if (holding !== undefined) return this.#lease(unit, holding, call)
    if (!askable(request.capabilities)) return placed(unit, call, this.#slots.use(unit, request))
    const era = eraOf(unit)
    // A stateless backend asks in its reply, and what it does not ask for needs no lease.
    if (era === "stateless" || !mayAskForInput(request.method)) {
      return placed(unit, call, this.#latest(unit, request) ?? this.#open(unit, request))
    }
    if (era === "stateful" && ("requestState" in request.params || "inputResponses" in request.params)) {
      return inputExpired(unit.spec.name)
    }
    const slot = this.#free(unit, request) ?? this.#open(unit, request)
    return slot === undefined ? tooManySessions(unit) : this.#lease(unit, slot, call)
  }

  /** Somebody who can be asked looks at the lists: what is offered to such a client is known by a connection for it. */
  show(unit: BackendUnit, request: Request): void {
    if (!askable(request.capabilities) || unit.slotFor(slotKey(request)) !== undefined) return
    if (unit.slots.size < unit.spec.maxSessions) this.#open(unit, request)
  }

  #lease(unit: BackendUnit, slot: SessionSlot, call: Call): Placement {
    this.#slots.used(unit, slot)
    return { backend: slot.backend, call: slot.lease?.take(call) ?? call }
  }

  /** The connection of this principal and these capabilities that was used last, busy or not. */
  #latest(unit: BackendUnit, request: Request): SessionSlot | undefined {
    const slot = ofGroup(unit, slotKey(request)).at(-1)
    if (slot !== undefined) this.#slots.used(unit, slot)
    return slot
  }

  /** The same, of those that no call uses. One that is spoilt is given up on the way. */
  #free(unit: BackendUnit, request: Request): SessionSlot | undefined {
    for (const slot of ofGroup(unit, slotKey(request)).toReversed()) {
      if (slot.lease?.free !== true) continue
      if (!slot.lease.spoilt) return slot
      if (this.#slots.isQuiet(slot)) this.#slots.remove(unit, slot)
    }
    return undefined
  }

  #open(unit: BackendUnit, request: Request): SessionSlot | undefined {
    return this.#slots.add(unit, { key: `${slotKey(request)} #${++this.#opened}`, leased: true }, request)
  }
}

const placed = (unit: BackendUnit, call: Call, slot: SessionSlot | undefined): Placement | Refusal =>
  slot === undefined ? tooManySessions(unit) : { backend: slot.backend, call }

/** The connection that holds the call of this handle, if it is one of the same principal. */
const holderOf = (unit: BackendUnit, { sessionId }: Request, requestState: string): SessionSlot | undefined => {
  for (const slot of unit.slots.values()) {
    if (slot.sessionId === sessionId && slot.lease?.holds(requestState) === true) return slot
  }
  return undefined
}

const ofGroup = (unit: BackendUnit, group: string): ReadonlyArray<SessionSlot> =>
  [...unit.slots.values()].filter((slot) => slot.lease !== undefined && slot.group === group)

/** The era that a backend speaks, as far as any connection knows now. */
const eraOf = (unit: BackendUnit): Era | undefined => {
  const shared = unit.shared.view?.peer?.dialect.era
  if (shared !== undefined) return shared
  for (const { backend } of unit.slots.values()) {
    const era = backend.view?.peer?.dialect.era
    if (era !== undefined) return era
  }
  return undefined
}
