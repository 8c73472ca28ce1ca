import * as Effect from "effect/Effect"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Catalog, Offer, RejectedOffer } from "../domain/Catalog.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import { withoutRaw } from "../protocol/BulkString.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { mirrorProblem, offerProblem } from "./CatalogCheck.ts"
import type { Connection } from "./Connection.ts"
import { withoutNulls } from "./DefinitionShape.ts"
import type { Peer } from "./Handshake.ts"
import { quoted } from "./Quoted.ts"
import { rpc } from "./Rpc.ts"

/** Most pages read of one list; a backend that has more is cut there, visibly. */
export const pageLimit = 1_000
/** Longest cursor that is sent back to the backend. */
export const cursorLength = 4_096
/** Characters of one definition; what is larger costs every client more than it says. */
export const definitionLength = 262_144
/** Characters of all definitions of one list; they are kept, written to the cache and sent to every client. */
export const listLength = 8 * 1024 * 1024

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
  const harvest = new Harvest(list, spec.bounds.tools, spec.launch.type === "http")
  if (!(list.capability in peer.capabilities)) return harvest.all()
  const seen = new Set<string>()
  let cursor: string | undefined
  for (let page = 0; page < pageLimit; page++) {
    const result = yield* rpc(connection, peer.dialect, list.method, cursor === undefined ? {} : { cursor }).pipe(
      Effect.catchTag("RpcError", (error) =>
        error.code === jsonRpcCodes.methodNotFound ? Effect.succeed<JsonObject>({}) : Effect.fail(error)
      )
    )
    harvest.take(result[list.member])
    const next = result["nextCursor"]
    if (typeof next !== "string") return harvest.all()
    if (seen.has(next)) {
      harvest.reject("*", `${list.method} repeats the cursor ${JSON.stringify(next)}`)
      return harvest.all()
    }
    if (next.length > cursorLength) {
      harvest.reject("*", `${list.method} gives a cursor of ${next.length} characters; the rest is not listed`)
      return harvest.all()
    }
    if (harvest.isFull) break
    seen.add(next)
    cursor = next
  }
  harvest.reject("*", `${list.method} goes on after ${harvest.size} entries; the rest is not listed (max_tools)`)
  return harvest.all()
})

/** Most rejected entries remembered by name for one list. */
const rejectedLimit = 100

/** What the pages of one list have brought so far, within its bounds. */
class Harvest {
  readonly #list: ListKind
  readonly #limit: number
  readonly #mirrors: boolean
  readonly #offers = new Map<string, Offer>()
  readonly #rejected: Array<RejectedOffer> = []
  #length = 0
  #full = false

  /** `mirrors`: arguments go out as HTTP headers too, where a tool's schema wants it. */
  constructor(list: ListKind, limit: number, mirrors: boolean) {
    this.#list = list
    this.#limit = limit
    this.#mirrors = mirrors
  }

  get size(): number {
    return this.#offers.size
  }

  get isFull(): boolean {
    return this.#full || this.#offers.size >= this.#limit
  }

  all(): { readonly offers: ReadonlyArray<Offer>; readonly rejected: ReadonlyArray<RejectedOffer> } {
    return { offers: [...this.#offers.values()], rejected: this.#rejected }
  }

  /** `*` is said of the list as a whole, once or twice, and never left out. */
  reject(name: string, reason: string): void {
    if (this.#rejected.length >= rejectedLimit && name !== "*") return
    this.#rejected.push({ kind: this.#list.kind, name: quoted(name), reason: quoted(reason) })
  }

  take(page: unknown): void {
    if (!Array.isArray(page)) return
    const { kind, nameMember } = this.#list
    for (const written of page) {
      if (this.#full) return
      if (!isJsonObject(written)) {
        this.reject("?", `has no ${nameMember}`)
        continue
      }
      const definition = withoutNulls(kind, written)
      // A long text or number in it is there as it was written; what is checked is what a client will read.
      const read = withoutRaw(definition)
      const name = isJsonObject(read) ? read[nameMember] : undefined
      if (!isJsonObject(read) || typeof name !== "string") this.reject("?", `has no ${nameMember}`)
      else this.#takeOne(name, definition, read)
    }
  }

  #takeOne(name: string, definition: JsonObject, read: JsonObject): void {
    const { length } = JSON.stringify(definition)
    const problem = length > definitionLength ? `is larger than ${definitionLength} characters` : this.#problem(read)
    if (problem !== undefined) return this.reject(name, problem)
    if (this.#offers.has(name)) return this.reject(name, "is listed twice; the first one counts")
    if (this.#offers.size >= this.#limit) return this.#close(`more than ${this.#limit} entries (max_tools)`)
    if (this.#length + length > listLength) return this.#close(`more than ${listLength} characters in all`)
    this.#length += length
    this.#offers.set(name, { name, definition })
  }

  #problem(read: JsonObject): string | undefined {
    const { kind } = this.#list
    return offerProblem(kind, read) ?? (kind === "tool" && this.#mirrors ? mirrorProblem(read) : undefined)
  }

  #close(reason: string): void {
    this.#full = true
    this.reject("*", `${reason}; the rest is not listed`)
  }
}
