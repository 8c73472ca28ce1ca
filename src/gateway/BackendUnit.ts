import type { Backend } from "../backend/Backend.ts"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Catalog } from "../domain/Catalog.ts"
import type { Life } from "../machine/Life.ts"
import type { Lease } from "./Lease.ts"
import type { Contribution } from "./RouteTable.ts"
import { isLoneKey } from "./SlotKey.ts"

/** A per-session connection with what it offers to its client. */
export interface SessionSlot {
  readonly key: string
  /** Whom its catalog is for (`slotKey`). The same as `key`, unless it is one of several, for lone calls. */
  readonly group: string
  /** Who uses it now, if it is for lone calls that can be asked. */
  readonly lease: Lease | undefined
  readonly sessionId: string
  readonly backend: Backend
  /** The key of its idle timer. */
  readonly timer: { readonly unit: string; readonly slot: string }
  catalog: Catalog | undefined
}

/**
 * One configured backend as the router keeps it: the shared connection, those of single sessions, and the catalog as
 * last known, which may come from an earlier run.
 */
export class BackendUnit {
  readonly spec: BackendSpec
  readonly shared: Backend
  /** By their keys; of those for lone calls the one used last comes last. */
  readonly slots = new Map<string, SessionSlot>()
  /** Taken out, but not ended yet: their processes may still be there, so they hold their places. */
  readonly stopping = new Set<SessionSlot>()
  catalog: Catalog | undefined
  /** The first start has succeeded or failed once: waiting longer for the catalog is waiting for the slowest. */
  settled = false

  constructor(spec: BackendSpec, shared: Backend, catalog: Catalog | undefined) {
    this.spec = spec
    this.shared = shared
    this.catalog = catalog
  }

  get life(): Life | undefined {
    return this.shared.view?.life
  }

  /** Whether one more connection of a session may be there. */
  get hasRoom(): boolean {
    return this.slots.size + this.stopping.size < this.spec.maxSessions
  }

  /** Whether a client of this scope is served by it. */
  isIn(scope: string | undefined): boolean {
    return scope === undefined || scope === this.spec.name
  }

  /** The connection that shows a caller what it can call: its own, else the one of its group that knows. */
  slotFor(slotKey: string): SessionSlot | undefined {
    const own = this.slots.get(slotKey)
    if (own !== undefined || !isLoneKey(slotKey)) return own
    let found: SessionSlot | undefined
    for (const slot of this.slots.values()) {
      if (slot.group === slotKey && (slot.catalog !== undefined || found?.catalog === undefined)) found = slot
    }
    return found
  }

  /** What it contributes to a merged list now, and why it does not if so. */
  contribution(slotKey: string | undefined): Omit<Contribution, "spec"> {
    const slot = slotKey === undefined ? undefined : this.slotFor(slotKey)
    if (slot?.catalog !== undefined) return { catalog: slot.catalog, absence: undefined, provisional: false }
    const provisional = slot !== undefined
    const life = this.life
    const up = life?._tag === "Ready"
    if (this.catalog === undefined) return { catalog: undefined, absence: absenceIn(life), provisional }
    if (!up && this.spec.whenDown === "hide") return { catalog: undefined, absence: absenceIn(life), provisional }
    return { catalog: this.catalog, absence: undefined, provisional }
  }
}

const absenceIn = (life: Life | undefined): string => {
  switch (life?._tag) {
    case undefined:
    case "Idle":
    case "Starting":
      return "starting"
    case "Backoff":
    case "Parked":
    case "Quarantined":
      return `${life._tag.toLowerCase()}: ${life.reason}`
    case "Ready":
      return "ready, not listed yet"
    case "Draining":
    case "Stopped":
      return "stopped"
  }
}
