/** The codes of JSON-RPC 2.0, section 5.1, which MCP uses for general protocol failures. */
export const jsonRpcCodes = {
  /** The text is not JSON. */
  parseError: -32700,
  /** JSON, but not a request. */
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603
} as const

/**
 * The codes that MCP itself defines (2026-07-28, Overview, "Error Codes"). The range -32020 to -32099 is the
 * specification's alone: these three are used with exactly these meanings, and no other code of it is ever sent.
 */
export const mcpCodes = {
  /** `HeaderMismatch`: an HTTP header is missing or differs from the body (Streamable HTTP transport); HTTP 400. */
  headerMismatch: -32020,
  /** `MissingRequiredClientCapability`, with `data.requiredCapabilities` (Overview, "Error Codes"); HTTP 400. */
  missingRequiredClientCapability: -32021,
  /** `UnsupportedProtocolVersion`, with `data.supported` and `data.requested` (Versioning); HTTP 400. */
  unsupportedProtocolVersion: -32022
} as const

/** Codes of earlier revisions: understood when a backend sends them, never sent by us (2026-07-28, "Error Codes"). */
export const retiredCodes = {
  /** Resource not found, up to 2025-11-25; `invalidParams` since. */
  resourceNotFound: -32002,
  /** URL elicitation required, 2025-11-25 only. */
  urlElicitationRequired: -32042
} as const
