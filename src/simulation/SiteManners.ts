import type { JsonObject } from "../domain/Json.ts"
import { metaKeys } from "../protocol/Meta.ts"
import { isReply, objectIn, textIn } from "./Message.ts"
import type { SiteExchange } from "./SiteExchange.ts"

/**
 * Looks whether a POST of the gateway has the headers that it must have; throws when it has not, for that is a defect of
 * the gateway and no fault of the day (MCP 2025-11-25 and 2026-07-28, Streamable HTTP).
 */
export const checkManners = (exchange: SiteExchange, message: JsonObject): void => {
  const expect = (name: string, isRight: (value: string) => boolean) => {
    const value = exchange.header(name) ?? ""
    if (!isRight(value)) throw new Error(`the gateway sent ${textIn(message, "method")} with ${name}: "${value}"`)
  }
  expect("content-type", (value) => value === "application/json")
  expect("accept", (value) => value.includes("application/json") && value.includes("text/event-stream"))
  // What a server asks before the handshake is done is answered when there is a session, and no revision yet.
  const hasRevision = exchange.header("mcp-session-id") !== undefined && !isReply(message)
  if (hasRevision) expect("mcp-protocol-version", (value) => value !== "")
  if (exchange.header("mcp-method") === undefined) return
  const params = objectIn(message, "params")
  expect("mcp-method", (value) => value === textIn(message, "method"))
  expect("mcp-protocol-version", (value) => value === objectIn(params, "_meta")[metaKeys.protocolVersion])
  if (message["method"] === "tools/call") expect("mcp-name", (value) => value === textIn(params, "name"))
}
