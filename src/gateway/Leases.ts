import type { Backend } from "../backend/Backend.ts"
import * as Refusals from "../backend/Refusals.ts"
import { mayAskForInput } from "../domain/Call.ts"
import type { Call } from "../domain/Call.ts"
import type { Era } from "../domain/Era.ts"
import type { Outcome } from "../domain/Outcome.ts"
import type { Request } from "../domain/Request.ts"
import { askable } from "../protocol/Capabilities.ts"
import type { BackendUnit, SessionSlot } from "./BackendUnit.ts"
import { hasItsShare } from "./LoneShare.ts"
import { tooManySessions } from "./SessionSlots.ts"
import type { SessionSlots } from "./SessionSlots.ts"
import { leasedKey, slotKey } from "./SlotKey.ts"

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

  /** Finds or opens the connection for a call, which then counts as running there; an outcome: there is none for it. */
  place(unit: BackendUnit, call: Call): Placement | Outcome {
    const { request } = call
    const { requestState } = request.params
    const holding = typeof requestState === "string" ? holderOf(unit, request, requestState) : undefined
    if (holding !== undefined) return this.#lease(unit, holding, call)
    if (!askable(request.capabilities)) return placed(unit, call, this.#slots.use(unit, request))
    const era = eraOf(unit, slotKey(request))
    // A stateless backend asks in its reply, and what it does not ask for needs no lease.
    if (era === "stateless" || !mayAskForInput(request.method)) {
      return placed(unit, call, this.#latest(unit, request) ?? this.#open(unit, request))
    }
    if (era === "stateful" && ("requestState" in request.params || "inputResponses" in request.params)) {
      const unleased = unleasedHolder(unit, request)
      return unleased === undefined ? expired(unit, call) : this.#lease(unit, unleased, call)
    }
    const slot = this.#free(unit, request) ?? this.#open(unit, request)
    return slot === undefined ? full(unit, call) : this.#lease(unit, slot, call)
  }

  /** Somebody who can be asked looks at the lists: what is offered to such a client is known by a connection for it. */
  show(unit: BackendUnit, request: Request): void {
    if (!askable(request.capabilities) || unit.slotFor(slotKey(request)) !== undefined) return
    if (unit.hasRoom && !hasItsShare(unit, request.sessionId)) this.#open(unit, request)
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

  /** The same, of those that no call uses and that are not spoilt. */
  #free(unit: BackendUnit, request: Request): SessionSlot | undefined {
    return ofGroup(unit, slotKey(request)).findLast(({ lease }) => lease?.free === true && !lease.spoilt)
  }

  /** One more, within the share of its caller; at a bound, in the place of one that the caller does not use. */
  #open(unit: BackendUnit, request: Request): SessionSlot | undefined {
    const name = { key: leasedKey(request, ++this.#opened), leased: true }
    const unused = ofCaller(unit, request.sessionId).filter((slot) => this.#slots.isQuiet(slot))
    const spoilt = unused.filter(({ lease }) => lease?.spoilt === true)
    const isShareFull = hasItsShare(unit, request.sessionId)
    if (!isShareFull && unit.hasRoom) {
      for (const slot of spoilt) this.#slots.remove(unit, slot)
      return this.#slots.add(unit, name, request)
    }
    const instead = spoilt[0] ?? (isShareFull ? unused[0] : undefined)
    return isShareFull && instead === undefined ? undefined : this.#slots.add(unit, name, request, instead)
  }
}

const placed = (unit: BackendUnit, call: Call, slot: SessionSlot | undefined): Placement | Outcome =>
  slot === undefined ? full(unit, call) : { backend: slot.backend, call }

const full = (unit: BackendUnit, { request }: Call): Outcome =>
  Refusals.notSent(tooManySessions(unit, request.sessionId))

/** The call of a handle that was given out here was sent once, and what became of it is no longer known. */
const expired = (unit: BackendUnit, call: Call): Outcome =>
  (isOurs(unit, call) ? Refusals.unknown : Refusals.notSent)(Refusals.inputExpired(unit.spec.name))

const isOurs = ({ shared }: BackendUnit, { request }: Call): boolean => {
  const { requestState } = request.params
  return typeof requestState === "string" && shared.settings.seal.isOurs(requestState, request)
}

/**
 * The connection that holds the call of this handle although it was not leased for it: its server was taken to be
 * stateless, as the shared one is, and is not.
 */
const unleasedHolder = (unit: BackendUnit, request: Request): SessionSlot | undefined =>
  ofGroup(unit, slotKey(request)).find(({ backend }) => backend.view?.inFlight.holds(request) === true)

/** The connection that holds the call of this handle, if it is one of the same principal. */
const holderOf = (unit: BackendUnit, { sessionId }: Request, requestState: string): SessionSlot | undefined => {
  for (const slot of unit.slots.values()) {
    if (slot.sessionId === sessionId && slot.lease?.holds(requestState) === true) return slot
  }
  return undefined
}

const ofGroup = (unit: BackendUnit, group: string): ReadonlyArray<SessionSlot> =>
  [...unit.slots.values()].filter((slot) => slot.lease !== undefined && slot.group === group)

const ofCaller = (unit: BackendUnit, sessionId: string): ReadonlyArray<SessionSlot> =>
  [...unit.slots.values()].filter((slot) => slot.lease !== undefined && slot.sessionId === sessionId)

/**
 * The era that a backend speaks to this group, as far as any connection knows now. The group's own says it best: where a
 * server was changed under the gateway, its processes may be of either era.
 */
const eraOf = (unit: BackendUnit, group: string): Era | undefined => {
  const own = ofGroup(unit, group).at(-1)?.backend.view?.peer?.dialect.era
  if (own !== undefined) return own
  const shared = unit.shared.view?.peer?.dialect.era
  if (shared !== undefined) return shared
  for (const { backend } of unit.slots.values()) {
    const era = backend.view?.peer?.dialect.era
    if (era !== undefined) return era
  }
  return undefined
}
