import { negotiateStateful, supportedVersions } from "../domain/Era.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { ProtocolError } from "../protocol/Downstream.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { metaKeys } from "../protocol/Meta.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { listTtlMillis } from "./ListTexts.ts"
import type { Introduction } from "./RouterPort.ts"

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
export const initializeResult = (
  version: string,
  identity: Implementation,
  introduction: Introduction
): JsonObject => ({
  protocolVersion: version,
  capabilities: introduction.capabilities,
  serverInfo: identity,
  ...(introduction.instructions === "" ? undefined : { instructions: introduction.instructions })
})

/** The result of `server/discover` (MCP 2026-07-28). */
export const discoverResult = (identity: Implementation, introduction: Introduction): JsonObject => ({
  resultType: "complete",
  supportedVersions,
  capabilities: introduction.capabilities,
  ...(introduction.instructions === "" ? undefined : { instructions: introduction.instructions }),
  ttlMs: listTtlMillis,
  cacheScope: "private",
  _meta: { [metaKeys.serverInfo]: identity }
})
