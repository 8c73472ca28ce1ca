import type { JsonObject } from "./Json.ts"

/**
 * What is known about whether a backend did the work (design, "Every call has exactly one outcome").
 *
 * - `completed`: the backend replied with a result.
 * - `failed`: the backend replied with an error.
 * - `not_sent`: no byte reached the backend; safe to retry.
 * - `unknown`: bytes were written and no reply came; it may or may not have happened.
 */
export type Certainty = "completed" | "failed" | "not_sent" | "unknown"

/** The single end of a call. Texts are raw JSON exactly as the backend wrote them, so unknown fields survive. */
export type Outcome =
  | {
      readonly _tag: "Completed"
      readonly resultText: string
      readonly result: JsonObject
      /** The call is not over: its client is asked something (`input_required`). Only that makes such a result one. */
      readonly asks: boolean
    }
  | { readonly _tag: "Failed"; readonly errorText: string; readonly code: number }
  | { readonly _tag: "NotSent"; readonly refusal: Refusal }
  | { readonly _tag: "Unknown"; readonly refusal: Refusal }
  /** The client cancelled: it gets no reply. `sent` says whether bytes had been written. */
  | { readonly _tag: "Cancelled"; readonly sent: boolean }

/** The certainty that an outcome carries to the caller, the metrics and the audit trail. */
export const certaintyOf = (outcome: Outcome): Certainty => {
  switch (outcome._tag) {
    case "Completed":
      return "completed"
    case "Failed":
      return "failed"
    case "NotSent":
      return "not_sent"
    case "Unknown":
      return "unknown"
    case "Cancelled":
      return outcome.sent ? "unknown" : "not_sent"
  }
}

/**
 * The gateway's own error codes. They lie outside -32768..-32000, which JSON-RPC and MCP reserve (MCP 2026-07-28,
 * basic, "Error Codes"), so that a refusal of ours is never taken for the backend's.
 */
export const refusalCodes = {
  overloaded: -31001,
  unavailable: -31002,
  circuitOpen: -31003,
  deadlineExceeded: -31004,
  connectionLost: -31005,
  quarantined: -31006,
  inputExpired: -31007,
  inputUnsupported: -31008,
  shuttingDown: -31009,
  /** A backend answered a request with an HTTP status that refuses it, and no JSON-RPC error. */
  httpRefused: -31011
} as const

/** Why the gateway itself ended a call, in words the caller can act on. */
export interface Refusal {
  readonly code: number
  readonly message: string
  readonly backend?: string
  /** When trying again may help, in milliseconds from now. */
  readonly retryAfterMs?: number
}

/** In an error's `data.source`: the gateway itself says so, and what else is in there is its own knowledge. */
export const ownSource = "sentinel-gateway"

/** The `data` of an error of the gateway's own. `retryAfterMs`: when trying again may help. */
export const ownData = (certainty: Certainty, retryAfterMs?: number): JsonObject => ({
  source: ownSource,
  certainty,
  ...(retryAfterMs === undefined ? undefined : { retryAfterMs })
})
