import { emptyCatalog } from "../domain/Catalog.ts"
import type { Offer } from "../domain/Catalog.ts"
import { isIdempotent } from "./RouteTable.ts"
import type { Contribution, Listed, Route, RouteTable } from "./RouteTable.ts"

/**
 * What one backend offers, under its own names: no prefix, nothing cut or replaced, and nobody owns a name, since there
 * is no other backend that it could belong to.
 */
export const buildScopedTable = ({ absence, catalog, provisional, spec }: Contribution): RouteTable => {
  const backend = spec.name
  const { instructions, prompts, rejected, resources, templates, tools } = catalog ?? emptyCatalog
  const listed = (offers: ReadonlyArray<Offer>): ReadonlyArray<Listed> =>
    offers.map(({ definition }) => ({ backend, definition }))
  const routes = (offers: ReadonlyArray<Offer>, isRepeatable: (name: string) => boolean): ReadonlyMap<string, Route> =>
    new Map(offers.map(({ name }) => [name, { backend, ownName: name, repeatable: isRepeatable(name) }]))
  return {
    tools: routes(tools, (name) => isIdempotent(spec, name)),
    prompts: routes(prompts, () => true),
    resources: new Map(resources.map(({ name }) => [name, backend])),
    templates: templates.map(({ name }) => ({ template: name, backend })),
    listed: {
      tools: listed(tools),
      prompts: listed(prompts),
      resources: listed(resources),
      templates: listed(templates)
    },
    withheld: rejected.map((offer) => ({ ...offer, backend })),
    missing: absence === undefined ? [] : [{ backend, reason: absence }],
    provisional,
    instructions: instructions === undefined ? [] : [{ backend, text: instructions }],
    sole: { backend, capabilities: catalog?.capabilities, isShared: spec.isolation === "shared" }
  }
}

/** A table of nothing, for a scope that no backend has. */
export const emptyTable: RouteTable = {
  tools: new Map(),
  prompts: new Map(),
  resources: new Map(),
  templates: [],
  listed: { tools: [], prompts: [], resources: [], templates: [] },
  withheld: [],
  missing: [],
  provisional: false,
  instructions: [],
  sole: undefined
}
