import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import { headerValue } from "./HeaderValue.ts"

/** An argument of a tool that its server wants as a header too. */
export interface MirroredParam {
  /** `Mcp-Param-…`, lower case. */
  readonly header: string
  /** The keys from the arguments down to the value. */
  readonly path: ReadonlyArray<string>
}

const annotation = "x-mcp-header"
/** A field name (RFC 9110, 5.1). */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const primitives = new Set<Json | undefined>(["string", "integer", "boolean"])

/** Most mirrored arguments of one tool, and the deepest that one may lie: each is a header of every call. */
export const mirroredBounds = { params: 32, depth: 16, nameLength: 64 } as const

/**
 * The arguments that a tool's `inputSchema` annotates with `x-mcp-header` (MCP 2026-07-28, Streamable HTTP, "Schema
 * Extension"), or why its annotations are invalid, for which a client excludes the tool. The words fit after "its
 * inputSchema".
 */
export const mirroredParams = (inputSchema: Json | undefined): ReadonlyArray<MirroredParam> | string => {
  const found: Array<MirroredParam> = []
  const problem = isJsonObject(inputSchema) ? collect(inputSchema, [], found) : undefined
  if (problem !== undefined) return problem
  if (isJsonObject(inputSchema) && occurrences(inputSchema) > found.length) {
    return `has ${annotation} where "properties" alone do not lead`
  }
  if (found.length > mirroredBounds.params) return `has more than ${mirroredBounds.params} ${annotation}`
  const names = new Set(found.map(({ header }) => header))
  return names.size < found.length ? `has the same ${annotation} twice` : found
}

const collect = (schema: JsonObject, path: ReadonlyArray<string>, found: Array<MirroredParam>): string | undefined => {
  if (Object.hasOwn(schema, annotation)) {
    const name = schema[annotation]
    if (typeof name !== "string" || name.length > mirroredBounds.nameLength || !token.test(name)) {
      return `has an ${annotation} that is no header name`
    }
    if (!primitives.has(schema["type"])) return `has ${annotation} on what is no string, integer or boolean`
    found.push({ header: `mcp-param-${name.toLowerCase()}`, path })
  }
  const { properties } = schema
  if (!isJsonObject(properties) || path.length === mirroredBounds.depth) return undefined
  for (const [key, property] of Object.entries(properties)) {
    const problem = isJsonObject(property) ? collect(property, [...path, key], found) : undefined
    if (problem !== undefined) return problem
  }
  return undefined
}

/** How often a schema has the annotation anywhere, but for a property that is called so. */
const occurrences = (schema: JsonObject): number => {
  let count = 0
  const rest: Array<{ readonly value: Json | undefined; readonly names: boolean }> = [{ value: schema, names: false }]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { names, value } = next
    if (typeof value !== "object" || value === null) continue
    if (!isJsonObject(value)) {
      for (const member of value) rest.push({ value: member, names: false })
      continue
    }
    if (!names && Object.hasOwn(value, annotation)) count++
    for (const key of Object.keys(value)) {
      if (names || !literal.has(key)) rest.push({ value: value[key], names: !names && key === "properties" })
    }
  }
  return count
}

/** Their values are examples of data, no schemas. */
const literal = new Set(["default", "const", "enum", "examples"])

/** The headers for the arguments of one call, name and value in turn. What is absent or null has none. */
export const mirroredHeaders = (params: ReadonlyArray<MirroredParam>, args: Json | undefined): Array<string> => {
  const headers: Array<string> = []
  for (const { header, path } of params) {
    let value = args
    for (const key of path) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
    if (typeof value === "string") headers.push(header, headerValue(value))
    else if (typeof value === "boolean" || Number.isSafeInteger(value)) headers.push(header, String(value))
  }
  return headers
}
