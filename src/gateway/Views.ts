import type { GatewayBounds } from "../domain/BackendSpec.ts"
import type { Request } from "../domain/Request.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import type { BackendUnit } from "./BackendUnit.ts"
import { ListTexts } from "./ListTexts.ts"
import type { NameOwners } from "./Names.ts"
import { buildRouteTable } from "./RouteTable.ts"
import type { RouteTable } from "./RouteTable.ts"
import type { RouterHands } from "./RouterHands.ts"
import { buildScopedTable, emptyTable } from "./ScopedTable.ts"
import { slotKey } from "./SlotKey.ts"
import { ToolDefinitions } from "./ToolDefinitions.ts"

/** All that one client can call, and the lists that tell it so. */
export interface View {
  readonly table: RouteTable
  readonly texts: ListTexts
  readonly tools: ToolDefinitions
}

/** What views are made from. */
export interface ViewSettings {
  readonly units: ReadonlyArray<BackendUnit>
  readonly owners: NameOwners
  readonly bounds: GatewayBounds
  readonly identity: Implementation
}

/** Whose view it is. */
export type Viewer = Pick<Request, "sessionId" | "capabilities" | "scope">

/** The units that a scope shows, with their views: one for all, and one for each slot. */
interface Scope {
  readonly units: ReadonlyArray<BackendUnit>
  readonly perSession: boolean
  readonly bySlot: Map<string, View>
}

const scopeOf = (units: ReadonlyArray<BackendUnit>): Scope => ({
  units,
  perSession: units.some(({ spec }) => spec.isolation === "session"),
  bySlot: new Map()
})

/**
 * The catalogs as the clients see them, merged, or of one backend alone: one view for all, and one for each session
 * with a connection of its own. A view is built when it is first asked for, and kept until something changes.
 */
export class Views {
  readonly #settings: ViewSettings
  readonly #namesChanged: RouterHands["namesChanged"]
  readonly #merged: Scope
  readonly #scopes: ReadonlyMap<string, Scope>
  readonly #nothing: View

  constructor(settings: ViewSettings, namesChanged: RouterHands["namesChanged"]) {
    const { identity, units } = settings
    this.#settings = settings
    this.#namesChanged = namesChanged
    this.#merged = scopeOf(units)
    this.#scopes = new Map(units.map((unit) => [unit.spec.name, scopeOf([unit])]))
    this.#nothing = viewOf(emptyTable, identity)
  }

  /** As a client without a connection of its own sees it. */
  common(scope: string | undefined): View {
    const units = this.#scope(scope)
    return units === undefined ? this.#nothing : this.#at(units, undefined)
  }

  of(viewer: Viewer): View {
    const scope = this.#scope(viewer.scope)
    if (scope === undefined) return this.#nothing
    if (!scope.perSession) return this.#at(scope, undefined)
    const key = slotKey(viewer)
    for (const unit of scope.units) {
      if (unit.slotFor(key) !== undefined) return this.#at(scope, key)
    }
    return this.#at(scope, undefined)
  }

  /** The last connection of this slot may be gone. */
  forget(slot: string): void {
    this.#merged.bySlot.delete(slot)
    for (const { bySlot } of this.#scopes.values()) bySlot.delete(slot)
  }

  /** Every view may be out of date. */
  clear(): void {
    this.#merged.bySlot.clear()
    for (const { bySlot } of this.#scopes.values()) bySlot.clear()
  }

  #scope(scope: string | undefined): Scope | undefined {
    return scope === undefined ? this.#merged : this.#scopes.get(scope)
  }

  #at(scope: Scope, slot: string | undefined): View {
    const key = slot ?? ""
    const known = scope.bySlot.get(key)
    if (known !== undefined) return known
    const view = viewOf(
      scope === this.#merged ? this.#merge(slot) : ownTable(scope.units, slot),
      this.#settings.identity
    )
    scope.bySlot.set(key, view)
    return view
  }

  #merge(slot: string | undefined): RouteTable {
    const { bounds, owners, units } = this.#settings
    const contributions = units.map((unit) => ({ spec: unit.spec, ...unit.contribution(slot) }))
    const table = buildRouteTable(contributions, owners, bounds)
    const names = owners.takeChanges()
    if (names !== undefined) this.#namesChanged(names)
    return table
  }
}

const ownTable = ([unit]: ReadonlyArray<BackendUnit>, slot: string | undefined): RouteTable =>
  unit === undefined ? emptyTable : buildScopedTable({ spec: unit.spec, ...unit.contribution(slot) })

const viewOf = (table: RouteTable, identity: Implementation): View => ({
  table,
  texts: new ListTexts(table, identity),
  tools: new ToolDefinitions(table)
})
