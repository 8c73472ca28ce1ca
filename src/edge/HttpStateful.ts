import { statefulVersions, supportedVersions } from "../domain/Era.ts"
import type { RequestId } from "../domain/Request.ts"
import { ownData, refusalCodes } from "../domain/Outcome.ts"
import type { Gateway } from "../gateway/Gateway.ts"
import { agreementOn } from "../gateway/Opening.ts"
import { describesItself } from "../protocol/Downstream.ts"
import { parse, parseBatch } from "../protocol/Envelope.ts"
import type { Incoming, IncomingRequest } from "../protocol/Envelope.ts"
import { jsonRpcCodes, mcpCodes } from "../protocol/JsonRpcCodes.ts"
import { readCursor } from "./EventStream.ts"
import { retryAfter, sendEmpty, shuttingDown } from "./HttpAnswer.ts"
import type { HttpRefusal } from "./HttpAnswer.ts"
import { headerOf } from "./HttpHeaders.ts"
import type { HttpSession } from "./HttpSession.ts"
import type { HttpSessions } from "./HttpSessions.ts"
import type { Exchange } from "./LoneAnswer.ts"

/** When a client that found no room for a session should try again, in milliseconds. */
export const sessionRetryMillis = 5_000

/** The revision whose clients may send several messages in one POST. */
const batchVersion = "2025-03-26"

/** Serves the stateful era. What it refuses it returns; everything else is answered, now or later. */
export class HttpStateful {
  readonly #gateway: Gateway["Service"]
  readonly #sessions: HttpSessions

  constructor(gateway: Gateway["Service"], sessions: HttpSessions) {
    this.#gateway = gateway
    this.#sessions = sessions
  }

  /** An `initialize` without a session: opens one. */
  open(exchange: Exchange, message: IncomingRequest): HttpRefusal | undefined {
    const { id, params } = message
    if (headerOf(exchange.request.headers, "mcp-session-id") !== undefined) {
      return invalid(400, "initialize opens a session, and can't be sent in one: leave Mcp-Session-Id out", id)
    }
    const agreement = agreementOn(params)
    if ("code" in agreement) return { status: 400, id, ...agreement }
    if (this.#sessions.full) {
      const message = "as many sessions as the gateway may have are open (max_sessions); try again shortly"
      const headers = retryAfter(sessionRetryMillis)
      const data = ownData("not_sent", sessionRetryMillis)
      return { status: 503, code: refusalCodes.overloaded, message, id, data, headers }
    }
    this.#sessions.open(exchange, message)
    this.#gateway.flush()
    return undefined
  }

  /** One message in a session. */
  post(exchange: Exchange, message: Exclude<Incoming, { _tag: "Invalid" }>): HttpRefusal | undefined {
    const id = message._tag === "Request" ? message.id : undefined
    const session = this.#session(exchange, id)
    if ("status" in session) return session
    return this.#take(session, exchange, [message], false)
  }

  /**
   * An array of messages, which only sessions of one revision may send. Nothing runs of one that is not good, nor, while
   * the gateway drains, of one with a request in it.
   */
  batch(exchange: Exchange, text: string, draining: boolean): HttpRefusal | undefined {
    const session = this.#session(exchange, undefined)
    if ("status" in session) return session
    const incoming = session.version === batchVersion ? parseBatch(text) : parse(text)
    const messages = incoming._tag === "Batch" ? incoming.messages : [incoming]
    if (draining && messages.some(({ _tag }) => _tag === "Request")) return shuttingDown(undefined)
    return this.#take(session, exchange, messages, true)
  }

  /** GET: opens the session's own stream, or goes on with one that was lost. */
  listen(exchange: Exchange): HttpRefusal | undefined {
    if (!exchange.takes.sse) return invalid(406, "this stream needs Accept: text/event-stream")
    const session = this.#session(exchange, undefined)
    if ("status" in session) return session
    const eventId = headerOf(exchange.request.headers, "last-event-id")
    if (eventId === undefined) {
      session.listen(exchange.response)
      return undefined
    }
    const cursor = readCursor(eventId)
    if (cursor !== undefined && session.resume(cursor, exchange.response)) return undefined
    return invalid(400, "what came after this Last-Event-ID is not kept (any more); open a stream without it")
  }

  /** DELETE: ends the session. */
  end(exchange: Exchange): HttpRefusal | undefined {
    const session = this.#session(exchange, undefined)
    if ("status" in session) return session
    this.#sessions.end(headerOf(exchange.request.headers, "mcp-session-id") ?? "")
    sendEmpty(exchange.response, 204)
    return undefined
  }

  #take(
    session: HttpSession,
    { response, takes }: Exchange,
    messages: ReadonlyArray<Incoming>,
    isBatch: boolean
  ): HttpRefusal | undefined {
    const ids: Array<RequestId> = []
    for (const message of messages) {
      if (message._tag === "Invalid")
        return { status: 400, code: message.code, message: message.reason, id: message.id }
      if (message._tag !== "Request") continue
      const { id, method, params } = message
      if (isBatch && (method === "initialize" || describesItself(params))) {
        return invalid(400, "this request can't be part of a batch", id)
      }
      if (session.has(id) || ids.includes(id)) return invalid(400, "a request of this id runs already", id)
      ids.push(id)
    }
    if (ids.length === 0) sendEmpty(response, 202)
    session.post(messages, ids, response, takes, isBatch)
    this.#gateway.flush()
    return undefined
  }

  #session(exchange: Exchange, id: RequestId | undefined): HttpSession | HttpRefusal {
    const { headers } = exchange.request
    const version = headerOf(headers, "mcp-protocol-version")
    if (version !== undefined && !isStateful(version)) return unsupported(version, id)
    const sessionId = headerOf(headers, "mcp-session-id")
    if (sessionId === undefined) {
      const message = "the header Mcp-Session-Id is missing; initialize opens a session and names it"
      return { ...invalid(400, message, id), data: { supported: supportedVersions } }
    }
    return (
      this.#sessions.find(sessionId, exchange) ??
      invalid(404, "there is no such session; initialize opens a new one", id)
    )
  }
}

const isStateful = (version: string): boolean => statefulVersions.some((known) => known === version)

/** A revision that nobody speaks here. */
const unsupported = (requested: string, id: RequestId | undefined): HttpRefusal => ({
  status: 400,
  code: mcpCodes.unsupportedProtocolVersion,
  message: "Unsupported protocol version",
  data: { supported: supportedVersions, requested: requested.slice(0, 64) },
  ...(id !== undefined && { id })
})

const invalid = (status: number, message: string, id?: RequestId): HttpRefusal => ({
  status,
  code: jsonRpcCodes.invalidRequest,
  message,
  ...(id !== undefined && { id })
})
