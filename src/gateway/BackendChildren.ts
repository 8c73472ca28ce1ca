import * as Effect from "effect/Effect"
import { Backend } from "../backend/Backend.ts"
import { Connector } from "../backend/Transport.ts"
import type { Slot } from "../backend/Transport.ts"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Catalog } from "../domain/Catalog.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Launch } from "../kernel/Launcher.ts"
import type { Mailbox } from "../kernel/Mailbox.ts"
import type { ChildRefused, Supervisor } from "../kernel/Supervisor.ts"
import type { StateSeal } from "../protocol/RequestState.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { reportsTo } from "./BackendReports.ts"
import { BackendUnit } from "./BackendUnit.ts"
import { Lease } from "./Lease.ts"
import { isLone } from "../domain/LoneCaller.ts"
import type { RouterHands } from "./RouterHands.ts"
import type { RouterMessage } from "./RouterMessage.ts"
import { slotKey } from "./SlotKey.ts"

/** What the backends are made with, and under whom they run. */
export interface ChildSurroundings {
  readonly connector: Connector["Service"]
  readonly supervisor: Supervisor
  readonly launch: Launch<never>
  readonly mailbox: Mailbox<RouterMessage>
  readonly identity: Implementation
  readonly seal: StateSeal
}

/** The backends as children of the supervisor: the shared one of each unit, and those of single sessions. */
export interface BackendChildren extends Pick<RouterHands, "openSlot" | "startSlot" | "stopSlot"> {
  readonly makeUnit: (spec: BackendSpec, catalog: Catalog | undefined) => BackendUnit
  readonly startShared: (unit: BackendUnit) => Effect.Effect<void, ChildRefused>
}

export const backendChildren = (around: ChildSurroundings): BackendChildren => {
  const { connector, identity, launch, mailbox, seal, supervisor } = around
  let slots = 0

  const make = (spec: BackendSpec, slot: Slot, slotKey: string | undefined, capabilities: JsonObject) =>
    new Backend({ spec, slot, capabilities, identity, seal, events: reportsTo(mailbox, launch, slot, slotKey) })

  const start = (name: string, backend: Backend) =>
    supervisor.add<never, never>({
      name,
      restart: "permanent",
      start: backend.run.pipe(Effect.provideService(Connector, connector))
    })

  return {
    makeUnit: (spec, catalog) =>
      new BackendUnit(spec, make(spec, { backend: spec.name, session: undefined }, undefined, {}), catalog),
    startShared: ({ shared, spec }) => start(spec.name, shared),
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
    startSlot: (unit, slot) =>
      start(childName(unit, slot.backend), slot.backend).pipe(
        Effect.catch((refused) => Effect.logError(refused.message))
      ),
    stopSlot: (unit, slot) => {
      const name = childName(unit, slot.backend)
      return Effect.sync(() => launch(`stop of ${name}`, supervisor.remove(name)))
    }
  }
}

const childName = (unit: BackendUnit, backend: Backend): string =>
  `${unit.spec.name}/${backend.settings.slot.session ?? ""}`
