import type { IncomingHttpHeaders } from "node:http"
import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import { withoutRaw } from "../protocol/BulkString.ts"
import { mirroredParams } from "../protocol/MirroredParams.ts"
import type { MirroredParam } from "../protocol/MirroredParams.ts"
import { textOfHeader } from "../protocol/HeaderValue.ts"
import { headerOf } from "./HttpHeaders.ts"

const decimal = /^-?[0-9]+(\.[0-9]+)?$/

/** By definition: a catalog keeps its definitions until the backend lists others. */
const known = new WeakMap<JsonObject, ReadonlyArray<MirroredParam>>()

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
    const decoded = textOfHeader(given)
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

/** A tool with annotations that break the rules has none: its clients leave it out. */
const annotated = (definition: JsonObject): ReadonlyArray<MirroredParam> => {
  const before = known.get(definition)
  if (before !== undefined) return before
  const found = mirroredParams(definition["inputSchema"])
  const params = typeof found === "string" ? [] : found
  known.set(definition, params)
  return params
}
