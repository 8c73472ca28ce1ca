import type { Era } from "./Era.ts"
import type { JsonObject } from "./Json.ts"
import type { Principal } from "./Principal.ts"

/** A JSON-RPC id: kept with its type, a string is never turned into a number (JSON-RPC 2.0, section 4). */
export type RequestId = string | number

/** The caller's own progress token; it never leaves the gateway upstream, each connection maps it to one of its own. */
export type ProgressToken = string | number

/** MCP log levels, least severe first (RFC 5424). */
export const logLevels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * The one form a request has inside the gateway, whichever era it came from: it says by itself who calls, what the
 * caller can do, where progress goes and until when it may run (design, "Modern inside, legacy at the edges").
 *
 * `params` is what the client sent, less the protocol's own `_meta` keys; unknown members stay. In the `arguments` of a
 * large `tools/call` one long string may be a raw value (`protocol/RawText.ts`) that `JSON.stringify` writes as it
 * came; whoever reads arguments builds it first, with `withoutRaw`.
 */
export interface Request {
  readonly method: string
  readonly params: JsonObject
  readonly principal: Principal
  /** The edge session it came in on; state bound to a client (subscriptions, per-session backends) hangs on it. */
  readonly sessionId: string
  /** The one backend that its client talks to, under that backend's own names; `undefined`: the merged gateway. */
  readonly scope: string | undefined
  readonly era: Era
  /** The client's declared capabilities (`roots`, `sampling`, `elicitation`, extensions), as it sent them. */
  readonly capabilities: JsonObject
  readonly clientInfo: JsonObject | undefined
  readonly progressToken: ProgressToken | undefined
  readonly logLevel: LogLevel | undefined
}
