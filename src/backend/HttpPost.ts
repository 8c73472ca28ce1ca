import { parse } from "../protocol/Envelope.ts"
import { postMessage, postMessages } from "../protocol/PostAnswer.ts"
import type { PostMessage } from "../protocol/PostAnswer.ts"
import type { Challenge } from "./Credentials.ts"
import { challengeOf, headerOf, HttpExchange, isType } from "./HttpExchange.ts"
import type { Reading, ResponseHeaders } from "./HttpExchange.ts"
import { broken, redirectWords, statusWords, unreachable } from "./HttpWords.ts"

/** How the sending of one message ended. Reasons follow "backend x". */
export type PostOutcome =
  /** Its reply has been handed on, or the server took it and has none to give. */
  | { readonly _tag: "Answered" }
  | { readonly _tag: "Failed"; readonly reason: string; readonly sent: boolean }
  /** No connection could be made, so no request can. */
  | { readonly _tag: "Unreachable"; readonly reason: string }
  /** The server does not know the session (any more). */
  | { readonly _tag: "SessionGone"; readonly reason: string }
  | { readonly _tag: "Challenged"; readonly challenge: Challenge }
  /** A status of 3xx or 4xx, and no JSON-RPC in the body. */
  | { readonly _tag: "Refused"; readonly status: number; readonly reason: string }
  /** The stream ended before the reply, and the server numbered its events. */
  | { readonly _tag: "Cut"; readonly lastEventId: string; readonly retryMillis: number | undefined }

/** What a POST is about. */
export interface PostSubject {
  readonly url: string
  /** Of the request in it; `undefined`: nothing in it wants a reply. */
  readonly id: string | undefined
  /** It names a session. */
  readonly inSession: boolean
  /** Replies come on another stream (HTTP+SSE of 2024-11-05). */
  readonly answeredElsewhere: boolean
  readonly maxBytes: number
}

/** Who hears what becomes of a POST. */
export interface PostOwner {
  /** The server has taken it: the first bytes of the response are here. */
  readonly responded: (post: HttpPost, status: number, headers: ResponseHeaders) => void
  /** Called before `settled`. */
  readonly frames: (post: HttpPost, frames: ReadonlyArray<string>) => void
  readonly oversize: (bytes: number) => void
  /** Called once, perhaps before the response has ended. */
  readonly settled: (post: HttpPost, outcome: PostOutcome) => void
  /** The response has ended, or never begins. */
  readonly closed: (post: HttpPost) => void
}

const answered: PostOutcome = { _tag: "Answered" }

/** Codes with which servers answer a request of a session that they do not know, with status 400 instead of 404. */
const lostSessionCodes = new Set([-32_000, -32_001])

/** One message on its way, and the response to it: a POST, or a GET that goes on with the stream of an earlier one. */
export class HttpPost extends HttpExchange {
  readonly subject: PostSubject
  readonly #owner: PostOwner
  #refused: number | undefined
  #frames: Array<string> = []
  #hasAnswer = false
  #isSettled = false

  constructor(subject: PostSubject, owner: PostOwner) {
    super(subject.maxBytes)
    this.subject = subject
    this.#owner = owner
  }

  protected override head(status: number, headers: ResponseHeaders): Reading {
    this.#owner.responded(this, status, headers)
    const { answeredElsewhere, id } = this.subject
    if (status >= 300) return this.#notTaken(status, headers)
    if (id === undefined || answeredElsewhere) {
      this.#settle(answered)
      return "not"
    }
    const encoding = headerOf(headers, "content-encoding") ?? "identity"
    if (encoding === "identity" && isType(headers, "application/json")) return "whole"
    if (encoding === "identity" && isType(headers, "text/event-stream")) return "events"
    return this.#fail(`answered with ${statusWords(status)}, but with neither JSON nor an event stream`)
  }

  protected override whole(text: string): void {
    const { id } = this.subject
    if (id === undefined) return
    const messages = postMessages(text, id)
    if (this.#refused !== undefined) return this.#explained(this.#refused, messages)
    for (const message of messages) if (message.kind !== "garbage") this.#take(message)
    if (this.#hasAnswer) return this.eventsRead()
    this.#frames = []
    this.#fail("sent something that is not the reply to the request")
  }

  protected override event(type: string, data: string): void {
    const { id } = this.subject
    if (id !== undefined && type === "message" && data !== "") this.#take(postMessage(data, id))
  }

  protected override eventsRead(): void {
    if (this.#frames.length > 0) {
      const frames = this.#frames
      this.#frames = []
      this.#owner.frames(this, frames)
    }
    if (this.#hasAnswer) this.#settle(answered)
  }

  protected override oversize(bytes: number): void {
    this.eventsRead()
    this.#owner.oversize(bytes)
    this.#fail(`sent an answer of more than ${this.subject.maxBytes} bytes`)
  }

  protected override ended(): void {
    this.#cut("closed the stream")
    this.#owner.closed(this)
  }

  protected override failed(error: Error): void {
    if (this.sent) this.#cut(broken(error))
    else this.#settle({ _tag: "Unreachable", reason: unreachable(error, new URL(this.subject.url).host) })
    this.#owner.closed(this)
  }

  #take({ frame, kind }: PostMessage): void {
    if (kind === "foreign") return
    if (kind === "answer") this.#hasAnswer = true
    // What is no message is counted by who reads it.
    this.#frames.push(frame)
  }

  #notTaken(status: number, headers: ResponseHeaders): Reading {
    const { id, inSession, url } = this.subject
    if (status < 400) {
      const reason = `answered with ${redirectWords(status, headerOf(headers, "location"), url)}`
      return this.#settle({ _tag: "Refused", status, reason })
    }
    if (status >= 500) return this.#fail(`failed with ${statusWords(status)}`)
    const challenge = challengeOf(status, headers)
    if (challenge !== undefined) return this.#settle({ _tag: "Challenged", challenge })
    if (status === 404 && inSession) return this.#settle({ _tag: "SessionGone", reason: "ended the session" })
    this.#refused = status
    return id === undefined ? this.#refuse(status) : "whole"
  }

  /** A status of 4xx whose body may say more. */
  #explained(status: number, messages: ReadonlyArray<PostMessage>): void {
    const answer = messages.find(({ kind }) => kind === "answer")
    if (answer === undefined) {
      this.#refuse(status)
    } else if (status === 400 && this.subject.inSession && saysSessionGone(answer.frame)) {
      this.#settle({ _tag: "SessionGone", reason: "ended the session" })
    } else {
      this.#take(answer)
      this.eventsRead()
    }
  }

  #cut(reason: string): void {
    const { lastEventId, retryMillis } = this
    if (lastEventId === undefined) this.#fail(reason)
    else this.#settle({ _tag: "Cut", lastEventId, retryMillis })
  }

  #refuse(status: number): Reading {
    return this.#settle({ _tag: "Refused", status, reason: `answered with ${statusWords(status)}` })
  }

  #fail(reason: string): Reading {
    return this.#settle({ _tag: "Failed", reason, sent: true })
  }

  #settle(outcome: PostOutcome): Reading {
    if (!this.#isSettled) {
      this.#isSettled = true
      this.#owner.settled(this, outcome)
    }
    return "not"
  }
}

const saysSessionGone = (frame: string): boolean => {
  const message = parse(frame)
  if (message._tag !== "Reply" || message.kind !== "error") return false
  const { code, message: words } = message.value
  return lostSessionCodes.has(code) && /session|not initialized/i.test(words)
}
