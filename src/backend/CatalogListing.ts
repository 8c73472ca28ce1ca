import * as Effect from "effect/Effect"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Catalog, Offer, RejectedOffer } from "../domain/Catalog.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { toolProblem } from "./CatalogCheck.ts"
import type { Connection } from "./Connection.ts"
import type { Peer } from "./Handshake.ts"
import { rpc } from "./Rpc.ts"

/** Most pages read of one list; a backend that has more is cut there, visibly. */
export const pageLimit = 1_000

interface ListKind {
  readonly kind: RejectedOffer["kind"]
  readonly method: string
  readonly member: string
  readonly nameMember: string
  readonly capability: string
}

const kinds = {
  tools: { kind: "tool", method: "tools/list", member: "tools", nameMember: "name", capability: "tools" },
  prompts: { kind: "prompt", method: "prompts/list", member: "prompts", nameMember: "name", capability: "prompts" },
  resources: {
    kind: "resource",
    method: "resources/list",
    member: "resources",
    nameMember: "uri",
    capability: "resources"
  },
  templates: {
    kind: "template",
    method: "resources/templates/list",
    member: "resourceTemplates",
    nameMember: "uriTemplate",
    capability: "resources"
  }
} as const satisfies Record<string, ListKind>

/** Lists everything a backend offers: all pages, checked one by one, within the configured bounds. */
export const listCatalog = Effect.fnUntraced(function* (connection: Connection, peer: Peer, spec: BackendSpec) {
  const [tools, prompts, resources, templates] = yield* Effect.all(
    [
      listAll(connection, peer, spec, kinds.tools),
      listAll(connection, peer, spec, kinds.prompts),
      listAll(connection, peer, spec, kinds.resources),
      listAll(connection, peer, spec, kinds.templates)
    ],
    { concurrency: "unbounded" }
  )
  const catalog: Catalog = {
    tools: tools.offers,
    prompts: prompts.offers,
    resources: resources.offers,
    templates: templates.offers,
    rejected: [...tools.rejected, ...prompts.rejected, ...resources.rejected, ...templates.rejected],
    capabilities: peer.capabilities,
    instructions: peer.instructions
  }
  return catalog
})

/**
 * Follows the cursors of one list. An empty string is a valid cursor (MCP, pagination); a cursor seen before would go
 * round for ever, so it ends the list, with a note.
 */
const listAll = Effect.fnUntraced(function* (connection: Connection, peer: Peer, spec: BackendSpec, list: ListKind) {
  const offers = new Map<string, Offer>()
  const rejected: Array<RejectedOffer> = []
  if (!(list.capability in peer.capabilities)) return { offers: [], rejected }
  const seen = new Set<string>()
  let cursor: string | undefined
  for (let page = 0; page < pageLimit; page++) {
    const result = yield* rpc(connection, peer.dialect, list.method, cursor === undefined ? {} : { cursor }).pipe(
      Effect.catchTag("RpcError", (error) =>
        error.code === jsonRpcCodes.methodNotFound ? Effect.succeed<JsonObject>({}) : Effect.fail(error)
      )
    )
    takePage(result[list.member], spec.bounds.tools, list, offers, rejected)
    const next = result["nextCursor"]
    if (typeof next !== "string") return { offers: [...offers.values()], rejected }
    if (seen.has(next)) {
      rejected.push({ kind: list.kind, name: "*", reason: `${list.method} repeats the cursor ${JSON.stringify(next)}` })
      return { offers: [...offers.values()], rejected }
    }
    if (offers.size >= spec.bounds.tools) break
    seen.add(next)
    cursor = next
  }
  const reason = `${list.method} goes on after ${offers.size} entries; the rest is not listed (max_tools)`
  rejected.push({ kind: list.kind, name: "*", reason })
  return { offers: [...offers.values()], rejected }
})

/** Most rejected entries remembered by name for one list. */
const rejectedLimit = 100

const takePage = (
  page: unknown,
  limit: number,
  list: ListKind,
  offers: Map<string, Offer>,
  rejected: Array<RejectedOffer>
): void => {
  if (!Array.isArray(page)) return
  const reject = (name: string, reason: string) => {
    if (rejected.length < rejectedLimit) rejected.push({ kind: list.kind, name: name.slice(0, 256), reason })
  }
  for (const definition of page) {
    const name = isJsonObject(definition) ? definition[list.nameMember] : undefined
    if (!isJsonObject(definition) || typeof name !== "string") {
      reject("?", `has no ${list.nameMember}`)
      continue
    }
    const problem = list.kind === "tool" ? toolProblem(definition) : undefined
    if (problem !== undefined) reject(name, problem)
    else if (offers.has(name)) reject(name, "is listed twice; the first one counts")
    else if (offers.size >= limit) return reject("*", `more than ${limit} entries; the rest is not listed (max_tools)`)
    else offers.set(name, { name, definition })
  }
}
