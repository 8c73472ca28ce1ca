import type { IncomingMessage, ServerResponse } from "node:http"

/** How long a browser may remember what it may send, in seconds. */
const preflightSeconds = 600

/** Lets the page of an origin that the operator has named read the answer (Fetch standard, "CORS protocol"). */
export const shareWith = (origin: string, response: ServerResponse): void => {
  response.setHeader("Access-Control-Allow-Origin", origin)
  response.setHeader("Vary", "Origin")
  response.setHeader("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate, Retry-After")
}

/** Whether a browser only asks what it may send. Such a request carries no credentials. */
export const isPreflight = ({ headers, method }: IncomingMessage): boolean =>
  method === "OPTIONS" && headers["access-control-request-method"] !== undefined

/** Answers that. Headers are no defence: the request itself is checked when it comes. */
export const answerPreflight = ({ headers }: IncomingMessage, response: ServerResponse): void => {
  response.writeHead(204, {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": headers["access-control-request-headers"] ?? "*",
    "Access-Control-Max-Age": String(preflightSeconds)
  })
  response.end()
}
