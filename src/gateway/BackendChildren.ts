import * as Effect from "effect/Effect"
import { Backend } from "../backend/Backend.ts"
import { Connector } from "../backend/Transport.ts"
import type { Slot } from "../backend/Transport.ts"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Catalog } from "../domain/Catalog.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { ChildRefused } from "../kernel/Supervisor.ts"
import type { StateSeal } from "../protocol/RequestState.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { reportsTo } from "./BackendReports.ts"
import { BackendUnit } from "./BackendUnit.ts"
import { Lease } from "./Lease.ts"
import { isLone } from "../domain/LoneCaller.ts"
import type { RouterHands } from "./RouterHands.ts"
import { SlotChildren } from "./SlotChildren.ts"
import type { SlotChildrenSettings } from "./SlotChildren.ts"
import { slotKey } from "./SlotKey.ts"

/** What the backends are made with, and under whom they run. */
export interface ChildSurroundings extends SlotChildrenSettings {
  readonly identity: Implementation
  readonly seal: StateSeal
}

/** The backends as children of the supervisor: the shared one of each unit, and those of single sessions. */
export interface BackendChildren extends Pick<RouterHands, "openSlot" | "startSlot" | "stopSlot"> {
  readonly makeUnit: (spec: BackendSpec, catalog: Catalog | undefined) => BackendUnit
  readonly startShared: (unit: BackendUnit) => Effect.Effect<void, ChildRefused>
}

/**
 * Children that the supervisor may have: the shared connections, those of sessions, and as many that are still ending.
 */
export const childrenLimit = (backends: ReadonlyArray<BackendSpec>): number =>
  backends.reduce((sum, { maxSessions }) => sum + 1 + 2 * maxSessions, 1)

export const backendChildren = (around: ChildSurroundings): BackendChildren => {
  const { connector, identity, launch, mailbox, seal, supervisor } = around
  const slotChildren = new SlotChildren(around)
  let slots = 0

  const make = (spec: BackendSpec, slot: Slot, slotKey: string | undefined, capabilities: JsonObject) =>
    new Backend({ spec, slot, capabilities, identity, seal, events: reportsTo(mailbox, launch, slot, slotKey) })

  return {
    makeUnit: (spec, catalog) =>
      new BackendUnit(spec, make(spec, { backend: spec.name, session: undefined }, undefined, {}), catalog),
    startShared: ({ shared, spec }) =>
      supervisor.add<never, never>({
        name: spec.name,
        restart: "permanent",
        start: Effect.provideService(shared.run, Connector, connector)
      }),
    openSlot: ({ spec }, { key, leased }, caller) => {
      const { capabilities, sessionId } = caller
      // It becomes a part of the child's environment, where the name of a principal has no business.
      const session = `${isLone(sessionId) ? "lone" : sessionId}-${++slots}`
      const backend = make(spec, { backend: spec.name, session }, key, capabilities)
      return {
        key,
        group: slotKey(caller),
        lease: leased ? new Lease(backend) : undefined,
        sessionId,
        catalog: undefined,
        timer: { unit: spec.name, slot: key },
        backend
      }
    },
    startSlot: slotChildren.startSlot,
    stopSlot: slotChildren.stopSlot
  }
}
