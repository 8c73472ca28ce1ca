import type { Backend } from "../backend/Backend.ts"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Catalog } from "../domain/Catalog.ts"
import type { Life } from "../machine/Life.ts"
import type { Contribution } from "./RouteTable.ts"

/** A per-session connection with what it offers to its client. */
export interface SessionSlot {
  readonly key: string
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
  readonly slots = new Map<string, SessionSlot>()
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

  /** What it contributes to a merged list now, and why it does not if so. */
  contribution(slotKey: string | undefined): Omit<Contribution, "spec"> {
    const slot = slotKey === undefined ? undefined : this.slots.get(slotKey)
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
