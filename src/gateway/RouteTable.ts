import { unfitForMerging } from "../backend/MergedFitness.ts"
import type { BackendSpec, GatewayBounds } from "../domain/BackendSpec.ts"
import type { Catalog, Offer, RejectedOffer } from "../domain/Catalog.ts"
import type { JsonObject } from "../domain/Json.ts"
import { publicName } from "../domain/ToolName.ts"
import type { NameOwners } from "./Names.ts"

/** One backend's contribution, in configuration order. */
export interface Contribution {
  readonly spec: BackendSpec
  /** `undefined`: not known yet, or hidden while the backend is down. */
  readonly catalog: Catalog | undefined
  /** Why the catalog is missing, for the client and the status. */
  readonly absence: string | undefined
  /** It stands in for what the session's own connection will list once it is up. */
  readonly provisional: boolean
}

/** Where a public name leads. */
export interface Route {
  readonly backend: string
  readonly ownName: string
  readonly repeatable: boolean
}

/** An offer under its public name. */
export interface Listed {
  readonly backend: string
  readonly definition: JsonObject
}

/** A tool that is not passed on, and why; for `status` and `tools`. */
export interface Withheld extends RejectedOffer {
  readonly backend: string
}

/** Everything that can be called at one moment: immutable, replaced as a whole. */
export interface RouteTable {
  readonly tools: ReadonlyMap<string, Route>
  readonly prompts: ReadonlyMap<string, Route>
  readonly resources: ReadonlyMap<string, string>
  readonly templates: ReadonlyArray<{ readonly template: string; readonly backend: string }>
  readonly listed: {
    readonly tools: ReadonlyArray<Listed>
    readonly prompts: ReadonlyArray<Listed>
    readonly resources: ReadonlyArray<Listed>
    readonly templates: ReadonlyArray<Listed>
  }
  readonly withheld: ReadonlyArray<Withheld>
  readonly missing: ReadonlyArray<{ readonly backend: string; readonly reason: string }>
  /** A part of it will be replaced soon: nobody should keep it. */
  readonly provisional: boolean
  readonly instructions: ReadonlyArray<{ readonly backend: string; readonly text: string }>
  /** The one backend of a scoped table, which also gets what no entry of the table names. */
  readonly sole: Sole | undefined
}

/** The backend that a scoped client talks to. */
export interface Sole {
  readonly backend: string
  /** What it declared; `undefined`: not known yet. */
  readonly capabilities: JsonObject | undefined
  /** All clients go over one connection. */
  readonly isShared: boolean
}

/**
 * Merges the catalogs in configuration order, so that the result depends on what the backends offer, never on which
 * was up first. A name that already has an owner stays with it; the other tool is withheld, visibly.
 */
export const buildRouteTable = (
  contributions: ReadonlyArray<Contribution>,
  owners: NameOwners,
  bounds: Pick<GatewayBounds, "tools">
): RouteTable => {
  const draft = new Draft(owners, bounds.tools)
  draft.provisional = contributions.some(({ provisional }) => provisional)
  for (const [index, contribution] of contributions.entries()) {
    const { absence, catalog, spec } = contribution
    if (absence !== undefined) draft.missing.push({ backend: spec.name, reason: absence })
    if (catalog === undefined) continue
    const waitsFor = undecidedRival(contributions.slice(0, index), spec)
    draft.addNamed("tool", draft.tools, draft.listed.tools, catalog.tools, spec, waitsFor)
    draft.addNamed("prompt", draft.prompts, draft.listed.prompts, catalog.prompts, spec, waitsFor)
    draft.addResources(catalog, spec)
    for (const rejected of catalog.rejected) draft.withheld.push({ ...rejected, backend: spec.name })
    if (catalog.instructions !== undefined) draft.instructions.push({ backend: spec.name, text: catalog.instructions })
  }
  return draft
}

/**
 * An earlier backend whose names could be equal to this one's and whose catalog is not known yet: until it is, names
 * that nobody owns stay unowned, or the start order would decide.
 */
const undecidedRival = (earlier: ReadonlyArray<Contribution>, spec: BackendSpec): string | undefined =>
  earlier.find(({ catalog, spec: rival }) => catalog === undefined && namesMayMeet(rival.prefix, spec.prefix))?.spec
    .name

const namesMayMeet = (a: string, b: string): boolean => {
  const [left, right] = [`${a}__`.toLowerCase(), `${b}__`.toLowerCase()]
  return a === "" || b === "" || left.startsWith(right) || right.startsWith(left)
}

class Draft implements RouteTable {
  readonly tools = new Map<string, Route>()
  readonly prompts = new Map<string, Route>()
  readonly resources = new Map<string, string>()
  readonly templates: Array<{ readonly template: string; readonly backend: string }> = []
  readonly listed = {
    tools: new Array<Listed>(),
    prompts: new Array<Listed>(),
    resources: new Array<Listed>(),
    templates: new Array<Listed>()
  }
  readonly withheld: Array<Withheld> = []
  readonly missing: Array<{ readonly backend: string; readonly reason: string }> = []
  provisional = false
  readonly sole = undefined
  readonly instructions: Array<{ readonly backend: string; readonly text: string }> = []
  readonly #owners: NameOwners
  readonly #limit: number
  /** Names that an earlier backend offers but may not have yet, with whom it waits for: no later one may have them. */
  readonly #contested = new Map<string, string>()

  constructor(owners: NameOwners, limit: number) {
    this.#owners = owners
    this.#limit = limit
  }

  addNamed(
    kind: "tool" | "prompt",
    routes: Map<string, Route>,
    listed: Array<Listed>,
    offers: ReadonlyArray<Offer>,
    spec: BackendSpec,
    waitsFor: string | undefined
  ): void {
    const withhold = (name: string, reason: string) => this.withheld.push({ kind, name, reason, backend: spec.name })
    for (const { definition, name } of offers) {
      const visible = publicName(spec.prefix, name)
      if (listed.length >= this.#limit) {
        withhold("*", `more than ${this.#limit} ${kind}s in all (max_tools); the rest is not listed`)
        return
      }
      const unfit = kind === "tool" ? unfitForMerging(definition) : undefined
      const reason = unfit ?? this.#claim(kind, visible, spec, waitsFor)
      if (reason !== undefined) {
        withhold(name, reason)
        continue
      }
      if (routes.has(visible)) {
        withhold(name, `another ${kind} of this backend has the public name "${visible}" as well`)
        continue
      }
      routes.set(visible, {
        backend: spec.name,
        ownName: name,
        repeatable: kind === "prompt" || isIdempotent(spec, name)
      })
      listed.push({ backend: spec.name, definition: { ...definition, name: visible } })
    }
  }

  addResources(catalog: Catalog, spec: BackendSpec): void {
    for (const { definition, name } of catalog.resources) {
      const owner = this.resources.get(name)
      if (owner !== undefined) {
        this.withheld.push({ kind: "resource", name, backend: spec.name, reason: `"${owner}" offers this URI already` })
        continue
      }
      if (this.listed.resources.length >= this.#limit) break
      this.resources.set(name, spec.name)
      this.listed.resources.push({ backend: spec.name, definition })
    }
    for (const { definition, name } of catalog.templates) {
      if (this.listed.templates.length >= this.#limit) break
      this.templates.push({ template: name, backend: spec.name })
      this.listed.templates.push({ backend: spec.name, definition })
    }
  }

  #claim(
    kind: "tool" | "prompt",
    visible: string,
    spec: BackendSpec,
    waitsFor: string | undefined
  ): string | undefined {
    const key = `${kind}:${visible}`
    const undecided = waitsFor ?? this.#contested.get(key.toLowerCase())
    if (undecided !== undefined && this.#owners.ownerOf(key) === undefined) {
      this.#contested.set(key.toLowerCase(), undecided)
      return `its public name "${visible}" may belong to "${undecided}", which is not known yet`
    }
    const owner = this.#owners.claim(key, spec.name)
    if (owner === spec.name) return undefined
    return owner === undefined
      ? `backend "${spec.name}" has had as many names as one backend may have`
      : `the public name "${visible}" belongs to backend "${owner}"; give one of them another prefix, or hand the name over in names.json of the state directory`
  }
}

/** Whether the operator marked a tool, by its own name or its public one, as safe to send again. */
export const isIdempotent = ({ idempotentTools, prefix }: BackendSpec, own: string): boolean =>
  idempotentTools.length > 0 && (idempotentTools.includes(own) || idempotentTools.includes(publicName(prefix, own)))
