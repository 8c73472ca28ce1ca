import { statelessVersions } from "../domain/Era.ts"
import type { Gateway } from "../gateway/Gateway.ts"
import { describesItself } from "../protocol/Downstream.ts"
import { parse } from "../protocol/Envelope.ts"
import type { IncomingNotification, IncomingRequest } from "../protocol/Envelope.ts"
import { jsonRpcCodes, mcpCodes } from "../protocol/JsonRpcCodes.ts"
import { statelessFault } from "./HeaderMirror.ts"
import { sendEmpty, shuttingDown } from "./HttpAnswer.ts"
import type { HttpRefusal } from "./HttpAnswer.ts"
import { headerOf } from "./HttpHeaders.ts"
import type { HttpStateful } from "./HttpStateful.ts"
import { ListenAnswer } from "./ListenAnswer.ts"
import { LoneAnswer } from "./LoneAnswer.ts"
import type { Exchange } from "./LoneAnswer.ts"
import type { OpenAnswers } from "./OpenAnswers.ts"

/**
 * Takes the bodies of POSTs, in both eras on one endpoint (MCP 2026-07-28, versioning, "Backward Compatibility"): a
 * request that describes itself is served statelessly, `initialize` opens a session, the rest belongs to one.
 */
export class HttpPosts {
  /** The gateway is about to end: what runs may end, nothing begins. */
  draining = false
  readonly #gateway: Gateway["Service"]
  readonly #stateful: HttpStateful
  readonly #answers: OpenAnswers
  #listens = 0

  constructor(gateway: Gateway["Service"], stateful: HttpStateful, answers: OpenAnswers) {
    this.#gateway = gateway
    this.#stateful = stateful
    this.#answers = answers
  }

  /** Serves a body; returns why not. */
  post(exchange: Exchange, text: string): HttpRefusal | undefined {
    if (isArray(text) && isOfSession(exchange)) {
      return this.#stateful.batch(exchange, text, this.draining)
    }
    const message = parse(text)
    switch (message._tag) {
      case "Request":
        return this.draining ? shuttingDown(message.id) : this.#request(exchange, message)
      case "Notification":
        return isLone(exchange, message) ? takeNotification(exchange, message) : this.#stateful.post(exchange, message)
      case "Reply":
        return this.#stateful.post(exchange, message)
      case "Invalid":
        return { status: 400, code: message.code, message: message.reason, id: message.id }
    }
  }

  #request(exchange: Exchange, message: IncomingRequest): HttpRefusal | undefined {
    const lone = isLone(exchange, message)
    if (message.method === "initialize" && !describesItself(message.params))
      return this.#stateful.open(exchange, message)
    return lone ? this.#answer(exchange, message) : this.#stateful.post(exchange, message)
  }

  #answer(exchange: Exchange, message: IncomingRequest): HttpRefusal | undefined {
    const { request, response, scope, takes } = exchange
    const fault = statelessFault(message, request.headers, scope, this.#gateway.toolDefinition)
    if (fault !== undefined) return { status: 400, id: message.id, ...fault }
    if (message.method !== "subscriptions/listen") {
      new LoneAnswer(exchange, message, this.#answers).begin(this.#gateway)
    } else if (takes.sse) {
      const sessionId = `listen-${++this.#listens}`
      new ListenAnswer(response, this.#answers).begin(exchange, this.#gateway, sessionId, message)
    } else {
      const needs = "subscriptions/listen is answered by a stream: it needs Accept: text/event-stream"
      return { status: 406, code: jsonRpcCodes.invalidRequest, message: needs, id: message.id }
    }
    return undefined
  }
}

const isStateless = (version: string | undefined): boolean =>
  version !== undefined && statelessVersions.some((known) => known === version)

/** Whether a message belongs to the stateless era, by what it says of itself or what its headers say of it. */
const isLone = ({ request: { headers } }: Exchange, message: IncomingRequest | IncomingNotification): boolean => {
  if (describesItself(message.params)) return true
  const version = headerOf(headers, "mcp-protocol-version")
  if (version !== undefined) return isStateless(version)
  return headers["mcp-method"] !== undefined && headers["mcp-session-id"] === undefined
}

/** Whether the headers name a session, in an era that has any ("Earlier Streamable HTTP Revisions"). */
export const isOfSession = ({ request: { headers } }: Pick<Exchange, "request">): boolean =>
  headers["mcp-session-id"] !== undefined && !isStateless(headerOf(headers, "mcp-protocol-version"))

/** The stateless era has no notification that a client could send over HTTP, and takes any. */
const takeNotification = (
  { request, response }: Exchange,
  { method }: IncomingNotification
): HttpRefusal | undefined => {
  const named = headerOf(request.headers, "mcp-method")
  if (named !== undefined && named !== method) {
    return { status: 400, code: mcpCodes.headerMismatch, message: "the header Mcp-Method is not the body's method" }
  }
  sendEmpty(response, 202)
  return undefined
}

const isArray = (text: string): boolean => {
  let at = 0
  while (text.charCodeAt(at) <= 0x20) at++
  return text.charCodeAt(at) === 0x5b
}
