import type { IncomingHttpHeaders } from "node:http"
import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import { withoutRaw } from "../protocol/BulkString.ts"
import { maxNesting } from "../protocol/JsonScan.ts"
import { decodeHeader } from "./HeaderValue.ts"
import { headerOf } from "./HttpHeaders.ts"

/** A tool's parameter that clients mirror into a header. */
interface ParamHeader {
  /** In lower case, as Node gives header names. */
  readonly header: string
  /** The chain of property names in the arguments. */
  readonly path: ReadonlyArray<string>
}

const annotation = "x-mcp-header"
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const primitives: ReadonlySet<unknown> = new Set(["string", "integer", "boolean"])
const decimal = /^-?[0-9]+(\.[0-9]+)?$/

/** By definition: a catalog keeps its definitions until the backend lists others. */
const known = new WeakMap<JsonObject, ReadonlyArray<ParamHeader>>()

/**
 * The first parameter of a call whose `Mcp-Param-*` header is missing, malformed or different, as a sentence (MCP
 * 2026-07-28, Streamable HTTP, "Custom Headers from Tool Parameters"). `undefined`: all agree.
 */
export const paramHeaderMismatch = (
  definition: JsonObject,
  args: Json | undefined,
  headers: IncomingHttpHeaders
): string | undefined => {
  for (const { header, path } of annotated(definition)) {
    const value = valueAt(args, path)
    const given = headerOf(headers, header)
    const absent = value === undefined || value === null
    if (absent && given === undefined) continue
    if (given === undefined) return `the header ${header} is missing, and the argument ${path.join(".")} is there`
    const decoded = decodeHeader(given)
    if (decoded === undefined) return `the header ${header} is malformed`
    if (absent || !says(decoded, value)) return `the header ${header} does not say what the arguments say`
  }
  return undefined
}

const says = (decoded: string, value: Json): boolean =>
  typeof value === "number"
    ? decimal.test(decoded) && Number(decoded) === value
    : (typeof value === "string" || typeof value === "boolean") && decoded === String(value)

const valueAt = (args: Json | undefined, path: ReadonlyArray<string>): Json | undefined => {
  let value = args
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return withoutRaw(value)
}

const annotated = (definition: JsonObject): ReadonlyArray<ParamHeader> => {
  const before = known.get(definition)
  if (before !== undefined) return before
  const found: Array<ParamHeader> = []
  collect(definition["inputSchema"], [], found)
  known.set(definition, found)
  return found
}

/** Only what `properties` lead to counts; an annotation that breaks the rules is none, as its clients leave it out. */
const collect = (schema: Json | undefined, path: ReadonlyArray<string>, found: Array<ParamHeader>): void => {
  const properties = isJsonObject(schema) ? schema["properties"] : undefined
  if (!isJsonObject(properties) || path.length >= maxNesting) return
  for (const [key, property] of Object.entries(properties)) {
    if (!isJsonObject(property)) continue
    const name = property[annotation]
    const here = [...path, key]
    if (typeof name === "string" && token.test(name) && primitives.has(property["type"])) {
      const header = `mcp-param-${name.toLowerCase()}`
      if (!found.some((other) => other.header === header)) found.push({ header, path: here })
    }
    collect(property, here, found)
  }
}
