import type { Backend } from "../backend/Backend.ts"
import type { Gateway } from "../gateway/Gateway.ts"
import type { BackendUnit } from "../gateway/BackendUnit.ts"
import type { LineRecord } from "./Observation.ts"

/** Somebody of whom the gateway keeps a process: a backend, or a backend for one session. */
export interface Slot {
  readonly unit: BackendUnit
  readonly backend: Backend
}

type Running = Gateway["Service"] | undefined

/** Calls `visit` for every slot that the gateway has at present. */
export const eachSlot = (gateway: Running, visit: (unit: BackendUnit, backend: Backend) => void): void => {
  for (const unit of gateway?.units ?? []) {
    visit(unit, unit.shared)
    for (const { backend } of unit.slots.values()) visit(unit, backend)
  }
}

/** The slot of a line; `undefined`: the gateway has none such (any more). */
export const slotOf = (gateway: Running, { backend, session }: Omit<LineRecord, "line">): Slot | undefined => {
  const unit = gateway?.units.find(({ spec }) => spec.name === backend)
  if (unit === undefined) return undefined
  if (session === undefined) return { unit, backend: unit.shared }
  for (const slots of [unit.slots.values(), unit.stopping]) {
    for (const slot of slots) if (slot.backend.settings.slot.session === session) return { unit, backend: slot.backend }
  }
  return undefined
}

/** How a slot is called in a report. */
export const slotName = ({ backend, session }: Omit<LineRecord, "line">): string =>
  session === undefined ? backend : `${backend} of ${session}`

export const nameOf = (backend: Backend): string => slotName(backend.settings.slot)
