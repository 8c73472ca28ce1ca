import type { Era } from "../domain/Era.ts"
import type { JsonObject } from "../domain/Json.ts"
import { withoutRaw } from "../protocol/BulkString.ts"
import { metaKeys, missingBackendsKey } from "../protocol/Meta.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { isStatefulOutputSchema } from "./OutputSchema.ts"
import type { Listed, RouteTable } from "./RouteTable.ts"

/** The four lists of MCP, by method, with the member that holds the entries. */
export const listMembers = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates"
} as const

export type ListMethod = keyof typeof listMembers

export const isListMethod = (method: string): method is ListMethod => Object.hasOwn(listMembers, method)

/** How long a client of the stateless era may take a list as fresh; changes are announced besides. */
export const listTtlMillis = 60_000

/**
 * The merged lists of one route table as text, written once and sent many times (design, "merged lists cached as
 * bytes"). One page: a client's cursor is never needed.
 */
export class ListTexts {
  readonly #table: RouteTable
  readonly #identity: Implementation
  readonly #entries = new Map<ListMethod, string>()
  readonly #results = new Map<string, string>()

  constructor(table: RouteTable, identity: Implementation) {
    this.#table = table
    this.#identity = identity
  }

  /** The entries alone, as a JSON array: two tables with equal entries look the same to a client. */
  entries(method: ListMethod): string {
    const known = this.#entries.get(method)
    if (known !== undefined) return known
    const text = JSON.stringify(listedBy(this.#table, method).map(({ definition }) => definition))
    this.#entries.set(method, text)
    return text
  }

  /** The whole `result` for a client of this era. */
  result(method: ListMethod, era: Era): string {
    const key = `${era} ${method}`
    const known = this.#results.get(key)
    if (known !== undefined) return known
    const text = this.#write(method, era)
    this.#results.set(key, text)
    return text
  }

  #write(method: ListMethod, era: Era): string {
    const { missing, provisional } = this.#table
    const ttlMs = missing.length > 0 || provisional ? 0 : listTtlMillis
    const meta: JsonObject = {
      ...(era === "stateless" ? { [metaKeys.serverInfo]: this.#identity } : undefined),
      ...(missing.length > 0 ? { [missingBackendsKey]: missing } : undefined)
    }
    const hints = era === "stateless" ? { resultType: "complete", ttlMs, cacheScope: "private" } : undefined
    const rest = JSON.stringify({ ...hints, ...(Object.keys(meta).length > 0 ? { _meta: meta } : undefined) })
    const tail = rest === "{}" ? "}" : `,${rest.slice(1)}`
    const entries = method === "tools/list" && era === "stateful" ? this.#statefulTools() : this.entries(method)
    return `{"${listMembers[method]}":${entries}${tail}`
  }

  /** The tools, without output schemas that only the stateless era allows: for others they spoil the whole list. */
  #statefulTools(): string {
    const { tools } = this.#table.listed
    const fit = tools.map(({ definition }) => {
      const { outputSchema, ...rest } = definition
      return outputSchema === undefined || isStatefulOutputSchema(withoutRaw(outputSchema)) ? definition : rest
    })
    return fit.some((definition, at) => definition !== tools[at]?.definition)
      ? JSON.stringify(fit)
      : this.entries("tools/list")
  }
}

const listedBy = (table: RouteTable, method: ListMethod): ReadonlyArray<Listed> => {
  switch (method) {
    case "tools/list":
      return table.listed.tools
    case "prompts/list":
      return table.listed.prompts
    case "resources/list":
      return table.listed.resources
    case "resources/templates/list":
      return table.listed.templates
  }
}
