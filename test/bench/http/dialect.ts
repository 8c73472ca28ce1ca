/** The ways of speaking MCP over HTTP: what a request's head says, and what comes before the first request. */
import { clientName } from "../client.ts"

/**
 * "stateless": 2026-07-28, every request for itself. "session": 2025-11-25, `initialize` and a session id.
 * "events": HTTP+SSE of 2024-11-05, requests by POST, all replies on one stream that the client has opened.
 */
export type Dialect = "stateless" | "session" | "events"

const statelessVersion = "2026-07-28"
const sessionVersion = "2025-11-25"

export interface Speech {
  readonly port: number
  readonly path: string
  readonly dialect: Dialect
  readonly sessionId: string | undefined
}

const common = ({ port, sessionId }: Speech, version: string) =>
  `host: 127.0.0.1:${port}\r\nmcp-protocol-version: ${version}\r\n` +
  (sessionId === undefined ? "" : `mcp-session-id: ${sessionId}\r\n`)

const nameIn = (params: object) => ("name" in params && typeof params.name === "string" ? params.name : undefined)

/** The head of a POST up to the body's length, which the caller appends with an empty line. */
export const postHead = (speech: Speech, method: string, params: object): string => {
  const isStateless = speech.dialect === "stateless"
  const name = nameIn(params)
  return (
    `POST ${speech.path} HTTP/1.1\r\n${common(speech, isStateless ? statelessVersion : sessionVersion)}` +
    "content-type: application/json\r\naccept: application/json, text/event-stream\r\n" +
    (isStateless ? `mcp-method: ${method}\r\n${name === undefined ? "" : `mcp-name: ${name}\r\n`}` : "") +
    "content-length: "
  )
}

export const getRequest = (speech: Speech): string =>
  `GET ${speech.path} HTTP/1.1\r\n${common(speech, sessionVersion)}accept: text/event-stream\r\n\r\n`

export const deleteRequest = (speech: Speech): string =>
  `DELETE ${speech.path} HTTP/1.1\r\n${common(speech, sessionVersion)}\r\n`

export const withBody = (head: string, body: string): string => `${head}${body.length}\r\n\r\n${body}`

/** Ends the opening of the stateful era. */
export const initializedPost = (speech: Speech): string =>
  withBody(postHead(speech, "notifications/initialized", {}), '{"jsonrpc":"2.0","method":"notifications/initialized"}')

const meta = {
  "io.modelcontextprotocol/protocolVersion": statelessVersion,
  "io.modelcontextprotocol/clientInfo": clientName,
  "io.modelcontextprotocol/clientCapabilities": {}
}

/** In the stateless era every request says who asks. */
export const paramsFor = (dialect: Dialect, params: object): object =>
  dialect === "stateless" ? { ...params, _meta: meta } : params
