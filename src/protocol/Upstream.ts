import type { Era } from "../domain/Era.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { LogLevel } from "../domain/Request.ts"
import { metaKeys, withMeta } from "./Meta.ts"

/** Who the gateway says it is, to backends in `initialize` or `_meta`, and to clients as `serverInfo`. */
export interface Implementation extends JsonObject {
  readonly name: string
  readonly version: string
}

/** How the connection to one backend speaks: found by the handshake, fixed for the connection's life. */
export interface Dialect {
  readonly era: Era
  readonly version: string
  readonly identity: Implementation
}

/** What a request carries besides its own parameters, on the hop from the gateway to the backend. */
export interface Hop {
  readonly progressToken: string | undefined
  readonly capabilities: JsonObject
  readonly clientInfo: JsonObject | undefined
  readonly logLevel: LogLevel | undefined
}

/** A hop for the gateway's own requests (probe, lists): no progress, no capabilities. */
export const plainHop: Hop = { progressToken: undefined, capabilities: {}, clientInfo: undefined, logLevel: undefined }

/**
 * The parameters as the backend's era wants them. Stateful: only a progress token is added. Stateless: the request
 * describes itself (MCP 2026-07-28, basic, "_meta"), with the caller's own identity and capabilities.
 */
export const upstreamParams = (dialect: Dialect, params: JsonObject, hop: Hop): JsonObject => {
  if (dialect.era === "stateful") {
    return hop.progressToken === undefined ? params : withMeta(params, { progressToken: hop.progressToken })
  }
  return withMeta(params, {
    [metaKeys.protocolVersion]: dialect.version,
    [metaKeys.clientInfo]: hop.clientInfo ?? dialect.identity,
    [metaKeys.clientCapabilities]: hop.capabilities,
    ...(hop.logLevel === undefined ? undefined : { [metaKeys.logLevel]: hop.logLevel }),
    ...(hop.progressToken === undefined ? undefined : { progressToken: hop.progressToken })
  })
}
