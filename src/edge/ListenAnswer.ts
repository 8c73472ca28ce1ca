import type { ServerResponse } from "node:http"
import type { Gateway } from "../gateway/Gateway.ts"
import type { Session } from "../gateway/Session.ts"
import type { Minor } from "../gateway/SessionSettings.ts"
import { parse } from "../protocol/Envelope.ts"
import type { IncomingRequest } from "../protocol/Envelope.ts"
import { sendJson, statusOf } from "./HttpAnswer.ts"
import type { Exchange } from "./LoneAnswer.ts"
import type { OpenAnswer, OpenAnswers } from "./OpenAnswers.ts"
import { messageEvent, SseResponse } from "./SseResponse.ts"

/**
 * The stream of one `subscriptions/listen` (MCP 2026-07-28, patterns/subscriptions): a session of its own, which ends
 * with the stream. The client ends it by closing the response; the gateway by a last result.
 */
export class ListenAnswer implements OpenAnswer {
  readonly #response: ServerResponse
  readonly #answers: OpenAnswers
  #session: Session | undefined
  #stream: SseResponse | undefined
  #open = true

  constructor(response: ServerResponse, answers: OpenAnswers) {
    this.#response = response
    this.#answers = answers
  }

  begin(
    { principal, scope }: Exchange,
    gateway: Gateway["Service"],
    sessionId: string,
    request: IncomingRequest
  ): void {
    this.#answers.streamBegan(this)
    const send = (frame: string, minor: Minor, _about: unknown, last: boolean) => this.#put(frame, minor, last)
    const session = gateway.connect({ sessionId, principal, scope, send })
    this.#session = session
    this.#response.once("close", () => {
      this.#close()
      session.close()
      gateway.flush()
    })
    session.take(request)
    gateway.flush()
  }

  tick(): void {
    this.#stream?.comment()
  }

  /** The session's end brings the stream's last result. */
  abandon(): void {
    this.#session?.close()
    this.#end()
  }

  #put(frame: string, minor: Minor, last: boolean): void {
    if (!this.#open) return
    if (last && this.#stream === undefined) {
      this.#close()
      const message = parse(frame)
      const code = message._tag === "Reply" && message.kind === "error" ? message.value.code : undefined
      return sendJson(this.#response, statusOf(code), frame)
    }
    this.#stream ??= new SseResponse(this.#response, this.#answers.unread)
    this.#stream.put(messageEvent(frame), minor, frame)
    if (last) this.#end()
  }

  #end(): void {
    this.#close()
    this.#stream?.end()
  }

  #close(): void {
    this.#open = false
    this.#answers.streamEnded(this)
  }
}
