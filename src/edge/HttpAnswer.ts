import type { IncomingMessage, ServerResponse } from "node:http"
import type { JsonObject } from "../domain/Json.ts"
import { ownData, refusalCodes } from "../domain/Outcome.ts"
import type { RequestId } from "../domain/Request.ts"
import { jsonRpcCodes, mcpCodes } from "../protocol/JsonRpcCodes.ts"
import { errorFrame } from "../protocol/Splice.ts"

/** Why a request is not served, as HTTP and as JSON-RPC. */
export interface HttpRefusal {
  readonly status: number
  readonly code: number
  /** In our words: never a piece of the request. */
  readonly message: string
  /** `undefined`: the request was not read so far, and the error has no id (MCP, Streamable HTTP, "Sending Messages"). */
  readonly id?: RequestId | null
  readonly data?: JsonObject
  /** Names and values in turn. */
  readonly headers?: ReadonlyArray<string>
}

/** After a refusal whose request is still coming, the connection takes so long to end: closed at once, it would be reset. */
export const lingerMillis = 500

/**
 * The HTTP status of an answer to a lone request (MCP 2026-07-28, Streamable HTTP): a method that is not there, and what
 * the specification itself defines as a bad request. Every other error is the answer to a request that was served.
 */
export const statusOf = (code: number | undefined): number => {
  switch (code) {
    case jsonRpcCodes.methodNotFound:
      return 404
    case mcpCodes.headerMismatch:
    case mcpCodes.missingRequiredClientCapability:
    case mcpCodes.unsupportedProtocolVersion:
      return 400
    // A `requestState` that is not this caller's, or not any more: nothing is served for it.
    case refusalCodes.inputExpired:
      return 403
    default:
      return 200
  }
}

/** Whole seconds for `Retry-After`. */
export const retryAfter = (millis: number): ReadonlyArray<string> => [
  "Retry-After",
  String(Math.max(1, Math.ceil(millis / 1_000)))
]

/**
 * Characters from which a text is encoded before it is written: Node would copy it twice on its way to the socket. Of
 * ASCII it takes more for that to cost as much as the second piece that is written then, after the head.
 */
const largeLength = 16_384
const largeAsciiLength = 98_304

/** Answers with one JSON text. */
export const sendJson = (
  response: ServerResponse,
  status: number,
  text: string,
  headers?: ReadonlyArray<string>
): void => {
  const length = Buffer.byteLength(text)
  const own = ["Content-Type", "application/json", "Content-Length", String(length)]
  response.writeHead(status, headers === undefined ? own : [...own, ...headers])
  const isAscii = length === text.length
  if (text.length >= (isAscii ? largeAsciiLength : largeLength)) response.end(Buffer.from(text))
  else response.end(text, isAscii ? "latin1" : "utf8")
}

/** For a client that waits, and takes no stream in which something could be said meanwhile: its connection is not stalled. */
export const stillWorking = ({ socket }: ServerResponse): void => {
  socket?.setTimeout(socket.timeout ?? 0)
}

/** Answers that a message was taken, or a thing done, without a body. */
export const sendEmpty = (response: ServerResponse, status: 202 | 204): void => {
  response.writeHead(status, status === 202 ? ["Content-Length", "0"] : [])
  response.end()
}

/** Refuses a request. One whose body is not read, and may be endless, costs its client the connection. */
export const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  refusal: HttpRefusal,
  bodyBytes: number
): void => {
  const text = refusalText(refusal)
  if (request.complete || !isEndless(request, bodyBytes)) {
    return sendJson(response, refusal.status, text, refusal.headers)
  }
  const headers = ["Content-Type", "application/json", "Content-Length", String(Buffer.byteLength(text))]
  response.writeHead(refusal.status, [...headers, "Connection", "close", ...(refusal.headers ?? [])])
  response.write(text)
  request.resume()
  const end = () => void response.end()
  const timer = setTimeout(end, lingerMillis)
  request.once("end", end)
  response.once("close", () => clearTimeout(timer))
}

/** The gateway can't serve this at the moment, and has not begun to: 503, with the time after which it may. */
export const notNow = (code: number, message: string, retryMillis: number): HttpRefusal => ({
  status: 503,
  code,
  message,
  data: ownData("not_sent", retryMillis),
  headers: retryAfter(retryMillis)
})

/** The gateway ends: it begins nothing any more. */
export const shuttingDown = (id: RequestId | undefined): HttpRefusal => ({
  status: 503,
  code: refusalCodes.shuttingDown,
  message: "the gateway is shutting down; try again shortly",
  ...(id !== undefined && { id }),
  data: ownData("not_sent", 1_000),
  headers: [...retryAfter(1_000), "Connection", "close"]
})

/** The error of a call that was cut off because what it ran in has ended. */
export const cutOff = (id: RequestId, what: "gateway" | "session"): string =>
  errorFrame(id, refusalCodes.shuttingDown, `the ${what} ended before the call did`, ownData("unknown"))

/** The error of a call that was given up because its client was asked something, and stayed away. */
export const clientAway = (id: RequestId): string =>
  errorFrame(
    id,
    refusalCodes.inputExpired,
    "the call was given up: its client was asked something, and was not there",
    ownData("unknown")
  )

const refusalText = ({ code, data, id, message }: HttpRefusal): string =>
  id === undefined
    ? JSON.stringify({ jsonrpc: "2.0", error: { code, message, data } })
    : errorFrame(id, code, message, data)

const isEndless = ({ headers }: IncomingMessage, bodyBytes: number): boolean =>
  headers["transfer-encoding"] !== undefined ||
  headers.expect !== undefined ||
  Number(headers["content-length"] ?? 0) > bodyBytes
