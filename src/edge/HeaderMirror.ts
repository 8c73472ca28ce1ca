import type { IncomingHttpHeaders } from "node:http"
import type { JsonObject } from "../domain/Json.ts"
import { isProtocolError, readSelfDescription } from "../protocol/Downstream.ts"
import type { ProtocolError } from "../protocol/Downstream.ts"
import type { IncomingRequest } from "../protocol/Envelope.ts"
import { mcpCodes } from "../protocol/JsonRpcCodes.ts"
import { metaKeys, metaOf } from "../protocol/Meta.ts"
import { textOfHeader } from "../protocol/HeaderValue.ts"
import { headerOf } from "./HttpHeaders.ts"
import { paramHeaderMismatch } from "./ParamHeaders.ts"

/** Finds the definition of a tool by the name that it has for clients of a scope. */
export type ToolDefinition = (scope: string | undefined, name: string) => JsonObject | undefined

/**
 * What is wrong with a request of the stateless era, or `undefined`: it must describe itself, in a revision that is
 * spoken here, and its headers must say what its body says (MCP 2026-07-28, Streamable HTTP, "Request Metadata" and
 * "Server Validation"). What is done always goes by the body.
 */
export const statelessFault = (
  { method, params }: IncomingRequest,
  headers: IncomingHttpHeaders,
  scope: string | undefined,
  toolDefinition: ToolDefinition
): ProtocolError | undefined => {
  const said = metaOf(params)?.[metaKeys.protocolVersion]
  if (typeof said === "string") {
    const version = headerOf(headers, "mcp-protocol-version")
    if (version === undefined) return mismatch("the header MCP-Protocol-Version is missing")
    if (version !== said)
      return mismatch("the header MCP-Protocol-Version does not name the version that the body names")
  }
  const description = readSelfDescription(params)
  if (isProtocolError(description)) return description
  const given = headerOf(headers, "mcp-method")
  if (given !== method) {
    return mismatch(given === undefined ? "the header Mcp-Method is missing" : "Mcp-Method is not the body's method")
  }
  const source = nameSource(method)
  const named = source === undefined ? undefined : params[source]
  if (source === undefined || typeof named !== "string") return undefined
  const name = headerOf(headers, "mcp-name")
  if (name === undefined) return mismatch("the header Mcp-Name is missing")
  if (name !== named || name.startsWith("=?")) {
    const decoded = textOfHeader(name)
    if (decoded === undefined) return mismatch("the header Mcp-Name is malformed")
    if (decoded !== named) return mismatch(`the header Mcp-Name does not say what params.${source} says`)
  }
  const definition = method === "tools/call" ? toolDefinition(scope, named) : undefined
  const fault = definition === undefined ? undefined : paramHeaderMismatch(definition, params["arguments"], headers)
  return fault === undefined ? undefined : mismatch(fault)
}

/** Which parameter `Mcp-Name` mirrors ("Standard Request Headers"; the tasks extension for `tasks/*`). */
const nameSource = (method: string): "name" | "uri" | "taskId" | undefined => {
  switch (method) {
    case "tools/call":
    case "prompts/get":
      return "name"
    case "resources/read":
      return "uri"
    case "tasks/get":
    case "tasks/update":
    case "tasks/cancel":
      return "taskId"
    default:
      return undefined
  }
}

const mismatch = (message: string): ProtocolError => ({ code: mcpCodes.headerMismatch, message })
