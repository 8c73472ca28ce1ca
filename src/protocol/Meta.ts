import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"

/** The `_meta` keys that MCP 2026-07-28 reserves for itself (basic, "_meta"). */
export const metaKeys = {
  protocolVersion: "io.modelcontextprotocol/protocolVersion",
  clientCapabilities: "io.modelcontextprotocol/clientCapabilities",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  logLevel: "io.modelcontextprotocol/logLevel",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  subscriptionId: "io.modelcontextprotocol/subscriptionId"
} as const

/** Where the gateway names, on a merged list, the backends that could not be asked yet. */
export const missingBackendsKey = "sentinel-gateway/missing"

const ownKeys = new Set<string>([
  metaKeys.protocolVersion,
  metaKeys.clientCapabilities,
  metaKeys.clientInfo,
  metaKeys.logLevel,
  metaKeys.subscriptionId,
  "progressToken"
])

/** `params._meta` if it is an object. */
export const metaOf = (params: JsonObject): JsonObject | undefined =>
  isJsonObject(params["_meta"]) ? params["_meta"] : undefined

/**
 * `params` less what the protocol itself put into `_meta`: these keys describe the hop it came on and are written anew
 * for the next hop. Other `_meta` members (trace context, vendor keys) stay.
 */
export const withoutHopMeta = (params: JsonObject): JsonObject => {
  const meta = metaOf(params)
  if (meta === undefined) return params
  const kept = Object.entries(meta).filter(([key]) => !ownKeys.has(key))
  const { _meta, ...rest } = params
  return kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) }
}

/** `params` with `members` added to its `_meta`; the same object when there is nothing to add. */
export const withMeta = (params: JsonObject, members: JsonObject): JsonObject => ({
  ...params,
  _meta: { ...metaOf(params), ...members }
})
