import type { IncomingMessage, ServerResponse } from "node:http"
import { isJsonObject } from "../domain/Json.ts"
import type { Principal } from "../domain/Principal.ts"
import type { Gateway } from "../gateway/Gateway.ts"
import type { Answering, LonePost } from "../gateway/LonePosts.ts"
import type { IncomingRequest } from "../protocol/Envelope.ts"
import { cutOff, retryAfter, sendJson, statusOf, stillWorking } from "./HttpAnswer.ts"
import type { Takes } from "./HttpHeaders.ts"
import type { OpenAnswer, OpenAnswers } from "./OpenAnswers.ts"
import { messageEvent, SseResponse } from "./SseResponse.ts"

/** An HTTP request whose client is known. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly principal: Principal
  readonly scope: string | undefined
  readonly takes: Takes
}

/** Codes below this one are the gateway's own refusals, some of which say when to try again. */
const ownCodes = -31_000

/**
 * The answer to one request of the stateless era: JSON when the reply is the first thing that comes, a stream when
 * something comes before it, or when the client takes nothing else. A client that closes the response has cancelled the
 * request (MCP 2026-07-28, Streamable HTTP, "Cancellation").
 */
export class LoneAnswer implements LonePost, OpenAnswer {
  readonly principal: Principal
  readonly scope: string | undefined
  readonly request: IncomingRequest
  readonly #response: ServerResponse
  readonly #takes: Takes
  readonly #answers: OpenAnswers
  /** Its number among the open answers. */
  #number = 0
  #answering: Answering | undefined
  #stream: SseResponse | undefined
  #open = true
  #ticked = false

  constructor({ principal, response, scope, takes }: Exchange, request: IncomingRequest, answers: OpenAnswers) {
    this.principal = principal
    this.scope = scope
    this.request = request
    this.#response = response
    this.#takes = takes
    this.#answers = answers
  }

  begin(gateway: Gateway["Service"]): void {
    this.#number = this.#answers.callBegan(this)
    this.#response.once("close", () => this.#gone(gateway))
    this.#answering = gateway.answer(this)
    gateway.flush()
  }

  note(frame: string): void {
    if (!this.#open || !this.#takes.sse) return
    this.#stream ??= new SseResponse(this.#response, this.#answers.unread)
    this.#stream.put(messageEvent(frame), true, frame)
  }

  reply(frame: string, code: number | undefined): void {
    if (!this.#open) return
    this.#close()
    if (this.#stream === undefined && this.#takes.json) {
      sendJson(this.#response, statusOf(code), frame, retryHeaders(frame, code))
      return this.#answers.unread.written(this.#response)
    }
    this.#stream ??= new SseResponse(this.#response, this.#answers.unread)
    this.#stream.put(messageEvent(frame), false, frame)
    this.#stream.end()
  }

  /** A request that takes long goes on as a stream, so that nobody in between takes it for dead. */
  tick(): void {
    if (!this.#takes.sse) return stillWorking(this.#response)
    if (!this.#ticked) return void (this.#ticked = true)
    this.#stream ??= new SseResponse(this.#response, this.#answers.unread)
    this.#stream.comment()
  }

  abandon(): void {
    this.#answering?.cancel()
    this.reply(cutOff(this.request.id, "gateway"), undefined)
  }

  #gone(gateway: Gateway["Service"]): void {
    if (!this.#open) return
    this.#close()
    this.#answering?.cancel()
    gateway.flush()
  }

  #close(): void {
    this.#open = false
    this.#answers.callEnded(this.#number)
  }
}

/** `Retry-After`, where a refusal of the gateway says when trying again may help. */
const retryHeaders = (frame: string, code: number | undefined): ReadonlyArray<string> | undefined => {
  if (code === undefined || code >= ownCodes || code < ownCodes - 99) return undefined
  const message: unknown = JSON.parse(frame)
  const error = isJsonObject(message) ? message["error"] : undefined
  const data = isJsonObject(error) ? error["data"] : undefined
  const millis = isJsonObject(data) ? data["retryAfterMs"] : undefined
  return typeof millis === "number" ? retryAfter(millis) : undefined
}
