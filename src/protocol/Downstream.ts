import { statefulVersions, statelessVersions, supportedVersions } from "../domain/Era.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import { logLevels } from "../domain/Request.ts"
import type { LogLevel, ProgressToken } from "../domain/Request.ts"
import { jsonRpcCodes, mcpCodes } from "./JsonRpcCodes.ts"
import { metaKeys, metaOf } from "./Meta.ts"

/** What a request of the stateless era says of itself. */
export interface SelfDescription {
  readonly capabilities: JsonObject
  readonly clientInfo: JsonObject | undefined
  readonly logLevel: LogLevel | undefined
}

/** A request that can't be served as it is; the code and words of the answer. */
export interface ProtocolError {
  readonly code: number
  readonly message: string
  readonly data?: JsonObject
}

/** Whether a request belongs to the stateless era: it names its protocol version itself. */
export const describesItself = (params: JsonObject): boolean => {
  const meta = metaOf(params)
  return meta !== undefined && metaKeys.protocolVersion in meta
}

/**
 * Reads the `_meta` of a stateless request (MCP 2026-07-28, basic, "_meta": version and capabilities MUST be there,
 * -32602 without; an unknown version is -32022 with what is supported).
 */
export const readSelfDescription = (params: JsonObject): SelfDescription | ProtocolError => {
  const meta = metaOf(params) ?? {}
  const version = meta[metaKeys.protocolVersion]
  if (typeof version !== "string") {
    return { code: jsonRpcCodes.invalidParams, message: `params._meta["${metaKeys.protocolVersion}"] must be a string` }
  }
  if (!statelessVersions.some((known) => known === version)) {
    return {
      code: mcpCodes.unsupportedProtocolVersion,
      message: statefulVersions.some((known) => known === version)
        ? `Unsupported protocol version in _meta: ${version} needs "initialize", and no request describes itself in it`
        : "Unsupported protocol version",
      data: { supported: supportedVersions, requested: version }
    }
  }
  const capabilities = meta[metaKeys.clientCapabilities]
  if (!isJsonObject(capabilities)) {
    return {
      code: jsonRpcCodes.invalidParams,
      message: `params._meta["${metaKeys.clientCapabilities}"] must be an object`
    }
  }
  const wanted = meta[metaKeys.logLevel]
  const logLevel = logLevels.find((known) => known === wanted)
  if (wanted !== undefined && logLevel === undefined) {
    const message = `params._meta["${metaKeys.logLevel}"] must be one of ${logLevels.join(", ")}`
    return { code: jsonRpcCodes.invalidParams, message }
  }
  const clientInfo = meta[metaKeys.clientInfo]
  return { capabilities, logLevel, clientInfo: isJsonObject(clientInfo) ? clientInfo : undefined }
}

export const isProtocolError = (value: SelfDescription | ProtocolError): value is ProtocolError => "code" in value

/** The caller's progress token, when there is a valid one: a string or an integer (MCP, patterns/progress). */
export const progressTokenOf = (params: JsonObject): ProgressToken | undefined => {
  const token = metaOf(params)?.["progressToken"]
  return typeof token === "string" || (typeof token === "number" && Number.isSafeInteger(token)) ? token : undefined
}
