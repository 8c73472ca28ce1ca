import type { GatewayBounds } from "../domain/BackendSpec.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import type { BackendUnit } from "./BackendUnit.ts"
import { ListTexts } from "./ListTexts.ts"
import type { NameOwners } from "./Names.ts"
import { buildRouteTable } from "./RouteTable.ts"
import type { RouteTable } from "./RouteTable.ts"
import type { RouterHands } from "./RouterHands.ts"
import { slotKey } from "./SlotKey.ts"
import type { Caller } from "./SlotKey.ts"

/** All that one client can call, and the lists that tell it so. */
export interface View {
  readonly table: RouteTable
  readonly texts: ListTexts
}

/** What views are made from. */
export interface ViewSettings {
  readonly units: ReadonlyArray<BackendUnit>
  readonly owners: NameOwners
  readonly bounds: GatewayBounds
  readonly identity: Implementation
}

/**
 * The merged catalogs as the clients see them: one view for all, and one for each session with a connection of its own.
 * A view is built when it is first asked for, and kept until something changes.
 */
export class Views {
  readonly #settings: ViewSettings
  readonly #namesChanged: RouterHands["namesChanged"]
  readonly #perSession: boolean
  readonly #bySlot = new Map<string, View>()

  constructor(settings: ViewSettings, namesChanged: RouterHands["namesChanged"]) {
    this.#settings = settings
    this.#namesChanged = namesChanged
    this.#perSession = settings.units.some(({ spec }) => spec.isolation === "session")
  }

  /** As a client without a connection of its own sees it. */
  get common(): View {
    return this.#at(undefined)
  }

  of(caller: Caller): View {
    if (!this.#perSession) return this.#at(undefined)
    const key = slotKey(caller)
    for (const unit of this.#settings.units) {
      if (unit.slots.has(key)) return this.#at(key)
    }
    return this.#at(undefined)
  }

  /** The last connection of this slot may be gone. */
  forget(slot: string): void {
    this.#bySlot.delete(slot)
  }

  /** Every view may be out of date. */
  clear(): void {
    this.#bySlot.clear()
  }

  #at(slot: string | undefined): View {
    const key = slot ?? ""
    const known = this.#bySlot.get(key)
    if (known !== undefined) return known
    const { bounds, identity, owners, units } = this.#settings
    const contributions = units.map((unit) => ({ spec: unit.spec, ...unit.contribution(slot) }))
    const table = buildRouteTable(contributions, owners, bounds)
    const view = { table, texts: new ListTexts(table, identity) }
    this.#bySlot.set(key, view)
    const names = owners.takeChanges()
    if (names !== undefined) this.#namesChanged(names)
    return view
  }
}
