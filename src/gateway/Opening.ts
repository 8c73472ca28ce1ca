import { negotiateStateful, supportedVersions } from "../domain/Era.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { ProtocolError } from "../protocol/Downstream.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { metaKeys } from "../protocol/Meta.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { listTtlMillis } from "./ListTexts.ts"

/** The stateful side of a session: what `initialize` agreed on. */
export interface Agreement {
  readonly version: string
  readonly capabilities: JsonObject
  readonly clientInfo: JsonObject | undefined
}

/** Reads the parameters of an `initialize` (MCP 2025-11-25, lifecycle, "Initialization"). */
export const agreementOn = (params: JsonObject): Agreement | ProtocolError => {
  const { capabilities, clientInfo, protocolVersion } = params
  if (typeof protocolVersion !== "string" || !isJsonObject(capabilities)) {
    const message = "initialize needs params.protocolVersion (a string) and params.capabilities (an object)"
    return { code: jsonRpcCodes.invalidParams, message }
  }
  const version = negotiateStateful(protocolVersion)
  return { version, capabilities, clientInfo: isJsonObject(clientInfo) ? clientInfo : undefined }
}

/** The result of `initialize`. */
export const initializeResult = (version: string, identity: Implementation, instructions: string): JsonObject => ({
  protocolVersion: version,
  capabilities: serverCapabilities,
  serverInfo: identity,
  ...(instructions === "" ? undefined : { instructions })
})

/** The result of `server/discover` (MCP 2026-07-28). */
export const discoverResult = (identity: Implementation, instructions: string): JsonObject => ({
  resultType: "complete",
  supportedVersions,
  capabilities: serverCapabilities,
  ...(instructions === "" ? undefined : { instructions }),
  ttlMs: listTtlMillis,
  cacheScope: "private",
  _meta: { [metaKeys.serverInfo]: identity }
})

/** What every client is told the gateway can do; whether a backend can is found out by asking it. */
const serverCapabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {}
} as const
