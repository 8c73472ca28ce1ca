import { certaintyOf } from "../domain/Outcome.ts"
import type { Outcome } from "../domain/Outcome.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import { jsonRpcCodes, retiredCodes } from "../protocol/JsonRpcCodes.ts"
import { errorFrame, errorFrameRaw, resultFrame, withMember } from "../protocol/Splice.ts"

/**
 * The one frame that ends a request, or `undefined` for a cancelled one, which gets none. A backend's result or error
 * goes out as it was written; only what the client's era requires is added.
 */
export const replyFrame = (id: RequestId, request: Request, outcome: Outcome): string | undefined => {
  switch (outcome._tag) {
    case "Completed":
      return resultFrame(id, request.era === "stateless" ? statelessResult(request, outcome) : outcome.resultText)
    case "Failed":
      return request.era === "stateless" ? statelessError(id, outcome) : errorFrameRaw(id, outcome.errorText)
    case "NotSent":
    case "Unknown": {
      const { backend, code, message, retryAfterMs } = outcome.refusal
      return errorFrame(id, code, message, refusalData(code, certaintyOf(outcome), backend, retryAfterMs))
    }
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
    source: "sentinel-gateway",
    certainty,
    ...(backend === undefined ? undefined : { backend }),
    ...(retryAfterMs === undefined ? undefined : { retryAfterMs: Math.max(0, Math.ceil(retryAfterMs)) })
  }
}

/**
 * What MCP 2026-07-28 requires of every result and a stateful backend does not know: `resultType` (basic,
 * "ResultType": absent means complete) and caching hints on `resources/read` (utilities/caching).
 */
const statelessResult = (request: Request, { result, resultText }: Extract<Outcome, { _tag: "Completed" }>): string => {
  let text = resultText
  if (request.method === "resources/read" && (result["resultType"] ?? "complete") === "complete") {
    if (!("cacheScope" in result)) text = withMember(text, "cacheScope", '"private"')
    if (!("ttlMs" in result)) text = withMember(text, "ttlMs", "0")
  }
  return "resultType" in result ? text : withMember(text, "resultType", '"complete"')
}

/** Codes of earlier revisions must not be sent in this era (basic, "Error Codes"). */
const statelessError = (id: RequestId, { code, errorText }: Extract<Outcome, { _tag: "Failed" }>): string => {
  if (code !== retiredCodes.resourceNotFound && code !== retiredCodes.urlElicitationRequired) {
    return errorFrameRaw(id, errorText)
  }
  const error = JSON.parse(errorText) as JsonObject
  const today = code === retiredCodes.resourceNotFound ? jsonRpcCodes.invalidParams : jsonRpcCodes.internalError
  return errorFrameRaw(id, JSON.stringify({ ...error, code: today }))
}
