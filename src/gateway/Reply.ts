import { certaintyOf, ownSource } from "../domain/Outcome.ts"
import type { Outcome } from "../domain/Outcome.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import { capabilityFor } from "../protocol/Capabilities.ts"
import { jsonRpcCodes, mcpCodes, retiredCodes } from "../protocol/JsonRpcCodes.ts"
import { errorFrame, errorFrameRaw, resultFrame, withMember } from "../protocol/Splice.ts"

type Completed = Extract<Outcome, { readonly _tag: "Completed" }>

/**
 * The one frame that ends a request, or `undefined` for a cancelled one, which gets none. A backend's result or error
 * goes out as it was written; only what the client's era requires is added, and what would pass for ours is moved.
 */
export const replyFrame = (id: RequestId, request: Request, outcome: Outcome): string | undefined => {
  switch (outcome._tag) {
    case "Completed":
      return request.era === "stateless" ? statelessReply(id, request, outcome) : resultFrame(id, outcome.resultText)
    case "Failed":
      return errorFrameRaw(id, backendError(request, outcome))
    case "NotSent":
    case "Unknown": {
      const { backend, code, message, retryAfterMs } = outcome.refusal
      return errorFrame(id, code, message, refusalData(code, certaintyOf(outcome), backend, retryAfterMs))
    }
    case "Cancelled":
      return undefined
  }
}

/** The code of the error in that frame; `undefined`: it holds a result, or there is none. */
export const replyCode = (request: Request, outcome: Outcome): number | undefined => {
  switch (outcome._tag) {
    case "Completed":
      return undeclared(request, outcome) === undefined ? undefined : mcpCodes.missingRequiredClientCapability
    case "Failed":
      return request.era === "stateless" ? codeToday(outcome.code) : outcome.code
    case "NotSent":
    case "Unknown":
      return outcome.refusal.code
    case "Cancelled":
      return undefined
  }
}

const refusalData = (
  code: number,
  certainty: string,
  backend: string | undefined,
  retryAfterMs: number | undefined
): JsonObject | undefined => {
  if (code === jsonRpcCodes.invalidParams || code === jsonRpcCodes.methodNotFound) return undefined
  return {
    source: ownSource,
    certainty,
    ...(backend === undefined ? undefined : { backend }),
    ...(retryAfterMs === undefined ? undefined : { retryAfterMs: Math.max(0, Math.ceil(retryAfterMs)) })
  }
}

const statelessReply = (id: RequestId, request: Request, outcome: Completed): string => {
  const missing = undeclared(request, outcome)
  if (missing === undefined) return resultFrame(id, statelessResult(request, outcome))
  const message = `the request needs client capabilities that were not declared: ${Object.keys(missing).join(", ")}`
  return errorFrame(id, mcpCodes.missingRequiredClientCapability, message, { requiredCapabilities: missing })
}

/**
 * What a backend wants to ask a client that did not declare it: that must not be put to the client (patterns/mrtr,
 * "Server Requirements"), which is told what is missing instead (basic, "_meta").
 */
const undeclared = ({ capabilities, era }: Request, { asks, result }: Completed): JsonObject | undefined => {
  if (!asks || era !== "stateless") return undefined
  const asked = isJsonObject(result["inputRequests"]) ? result["inputRequests"] : {}
  const missing: Record<string, JsonObject> = {}
  for (const question of Object.values(asked)) {
    const method = isJsonObject(question) ? question["method"] : undefined
    const capability = typeof method === "string" ? capabilityFor(method) : undefined
    if (capability !== undefined && !isJsonObject(capabilities[capability])) missing[capability] = {}
  }
  return Object.keys(missing).length === 0 ? undefined : missing
}

/**
 * What MCP 2026-07-28 requires of every result and a stateful backend does not know: `resultType` (basic,
 * "ResultType": absent means complete) and caching hints on `resources/read` (utilities/caching).
 */
const statelessResult = (request: Request, { asks, result, resultText }: Completed): string => {
  // Without a meaning at the backend, with one at the client: it would repeat a call that has been carried out.
  if (!asks && result["resultType"] === "input_required") return JSON.stringify({ ...result, resultType: "complete" })
  let text = resultText
  if (request.method === "resources/read" && (result["resultType"] ?? "complete") === "complete") {
    if (!("cacheScope" in result)) text = withMember(text, "cacheScope", '"private"')
    if (!("ttlMs" in result)) text = withMember(text, "ttlMs", "0")
  }
  return "resultType" in result ? text : withMember(text, "resultType", '"complete"')
}

/**
 * A backend's error. Codes of earlier revisions must not be sent in the stateless era (basic, "Error Codes"). `data`
 * that claims to be the gateway's, which another gateway behind this one may rightly do, is one level down from where
 * a client looks for ours.
 */
const backendError = ({ era }: Request, { code, errorText }: Extract<Outcome, { _tag: "Failed" }>): string => {
  const today = era === "stateless" ? codeToday(code) : code
  const error: unknown = JSON.parse(errorText)
  if (!isJsonObject(error)) return errorText
  const { data } = error
  const forged = isJsonObject(data) && data["source"] === ownSource
  if (!forged && today === code) return errorText
  return JSON.stringify({ ...error, code: today, ...(forged ? { data: { backendData: data } } : undefined) })
}

const codeToday = (code: number): number => {
  switch (code) {
    case retiredCodes.resourceNotFound:
      return jsonRpcCodes.invalidParams
    case retiredCodes.urlElicitationRequired:
      return jsonRpcCodes.internalError
    default:
      return code
  }
}
