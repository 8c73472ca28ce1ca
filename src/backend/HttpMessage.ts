import type { Timers } from "../kernel/Timers.ts"
import type { HttpHeaders } from "./HttpHeaders.ts"
import { HttpPost } from "./HttpPost.ts"
import type { PostOutcome, PostOwner } from "./HttpPost.ts"
import type { Challenge } from "./Credentials.ts"
import type { AskCredentials } from "./HttpCredentials.ts"
import type { Outgoing, RequestFailure } from "./Transport.ts"
import type { ResponseHeaders, Wire } from "./Wire.ts"

export const messageBounds = {
  /** Until the server takes a notification, or an answer to its question. Requests have deadlines of their own. */
  noticeMillis: 30_000,
  /** Until it begins a stream of the stateless era, which it has to do before there is news. */
  streamMillis: 10_000,
  /** How often a stream is gone on with in vain, one attempt after the other. */
  resumeAttempts: 10,
  /** Before a stream is gone on with, where the server does not say (`retry`); and the least and most that it may. */
  resumeMillis: 1_000,
  resumeLeastMillis: 50,
  resumeMostMillis: 300_000,
  /** What a message that waits for its server counts for, besides its characters. */
  messageBytes: 1_024
} as const

/** What every message of one line shares. */
export interface HttpLine {
  readonly url: URL
  readonly wire: Wire
  readonly timers: Timers
  readonly headers: HttpHeaders
  readonly maxBytes: number
  readonly ask: AskCredentials
}

/**
 * How a message goes out. `plain`: before there is a session. `described`: with headers that repeat what the request
 * says of itself. `session`: with the headers of the session. `legacy`: to the endpoint of HTTP+SSE, at this path.
 */
export type Route =
  { readonly _tag: "plain" | "described" | "session" } | { readonly _tag: "legacy"; readonly path: string }

/** Who owns the messages of one line. */
export interface MessageHost {
  readonly line: HttpLine
  readonly responded: (message: HttpMessage, status: number, headers: ResponseHeaders) => void
  readonly frames: (message: HttpMessage, frames: ReadonlyArray<string>) => void
  readonly oversize: (bytes: number) => void
  /** Its last word: nothing more is heard of the message, but what `post` may still do has to be borne. */
  readonly over: (message: HttpMessage, end: MessageEnd) => void
  /** The response of this post goes on although its message is over. */
  readonly lingers: (post: HttpPost) => void
  readonly closed: (post: HttpPost) => void
}

/** How a message ended. */
export type MessageEnd =
  | Extract<PostOutcome, { readonly _tag: "Answered" | "Refused" | "Unreachable" | "SessionGone" }>
  | { readonly _tag: "Failed"; readonly failure: RequestFailure }

/** One message to the server, from its first sending to its single end: with new credentials, over broken streams. */
export class HttpMessage implements PostOwner {
  readonly outgoing: Outgoing
  readonly frame: string
  readonly route: Route
  readonly #host: MessageHost
  #post: HttpPost | undefined
  #responded = false
  /** It was refused, and waits for other credentials. */
  #isAsking = false
  #isOver = false
  /** The refusals that other credentials were asked for after: each kind once, for the token may lack scope then. */
  #asked: ReadonlyArray<Challenge["status"]> = nothingAsked
  #lastEventId: string | undefined
  #vain = 0
  #cancelResume: (() => void) | undefined

  constructor(frame: string, outgoing: Outgoing, route: Route, host: MessageHost) {
    this.frame = frame
    this.outgoing = outgoing
    this.route = route
    this.#host = host
  }

  get isInitialize(): boolean {
    return this.outgoing._tag === "Request" && this.outgoing.era === undefined && this.outgoing.method === "initialize"
  }

  /** Of the request in it. */
  get id(): string | undefined {
    return this.outgoing._tag === "Request" ? this.outgoing.id : undefined
  }

  /** Whether the server may have it. False: it waits for a connection, or for credentials. */
  get isSent(): boolean {
    return this.#lastEventId !== undefined || (!this.#isAsking && this.#post?.sent === true)
  }

  /** What it counts for while the server has not taken it. */
  get waitingBytes(): number {
    return this.#responded ? 0 : this.frame.length + messageBounds.messageBytes
  }

  send(): void {
    this.#isAsking = false
    const { line } = this.#host
    const path = this.route._tag === "legacy" ? this.route.path : `${line.url.pathname}${line.url.search}`
    const headersMillis = this.#headersMillis
    line.wire.send({ method: "POST", path, headers: this.#headers(), body: this.frame, headersMillis }, this.#newPost())
  }

  /** Until the server begins to answer, for what has no deadline of its own. */
  get #headersMillis(): number {
    if (this.outgoing._tag !== "Request") return messageBounds.noticeMillis
    // A server begins such a stream at once, by saying so (MCP 2026-07-28, patterns/subscriptions).
    return isStream(this.outgoing) ? messageBounds.streamMillis : 0
  }

  /** Ends it without a word. */
  abort(): void {
    this.#isOver = true
    this.#cancelResume?.()
    this.#post?.abort()
  }

  responded(_post: HttpPost, status: number, headers: ResponseHeaders): void {
    if (this.#isOver) return
    this.#host.responded(this, status, headers)
    this.#responded = true
  }

  frames(_post: HttpPost, frames: ReadonlyArray<string>): void {
    if (!this.#isOver) this.#host.frames(this, frames)
  }

  oversize(bytes: number): void {
    if (!this.#isOver) this.#host.oversize(bytes)
  }

  settled(post: HttpPost, outcome: PostOutcome): void {
    if (!post.isOver) this.#host.lingers(post)
    if (this.#isOver) return
    if (this.#lastEventId !== undefined) return this.#resumed(outcome, this.#lastEventId)
    switch (outcome._tag) {
      case "Failed":
        return this.#fail({ reason: outcome.reason, sent: outcome.sent })
      case "Challenged":
        return this.#challenged(outcome)
      case "Cut":
        return this.#cut(outcome.lastEventId, outcome.retryMillis)
      default:
        return this.#end(outcome)
    }
  }

  closed(post: HttpPost): void {
    this.#host.closed(post)
  }

  #headers(): Array<string> {
    const { headers } = this.#host.line
    if (this.route._tag === "plain") return headers.plainPost()
    return this.route._tag === "described" && this.outgoing._tag === "Request"
      ? headers.selfDescribed(this.outgoing)
      : headers.post()
  }

  #newPost(): HttpPost {
    const { headers, maxBytes, url } = this.#host.line
    const followsHandshake = this.route._tag === "session"
    const inSession = followsHandshake && headers.inSession
    const isCall = this.outgoing._tag === "Request" && this.outgoing.method === "tools/call"
    const answeredElsewhere = this.route._tag === "legacy"
    const subject = { url: url.href, id: this.id, followsHandshake, inSession, isCall, answeredElsewhere, maxBytes }
    this.#post = new HttpPost(subject, this)
    return this.#post
  }

  #challenged({ challenge }: Extract<PostOutcome, { readonly _tag: "Challenged" }>): void {
    const { status } = challenge
    if (this.#asked.includes(status))
      return this.#unauthorized(`refused the gateway's credentials (HTTP status ${status})`)
    this.#asked = [...this.#asked, status]
    this.#isAsking = true
    this.#host.line.ask(challenge, (refusal: string | undefined) => {
      if (this.#isOver) return
      if (refusal === undefined) this.send()
      else this.#unauthorized(refusal)
    })
  }

  #unauthorized(reason: string): void {
    this.#fail({ reason, sent: false, authentication: true })
  }

  /** The stream broke off: the same one is gone on with, as the revisions with sessions allow. */
  #cut(lastEventId: string, retryMillis: number | undefined): void {
    if (this.route._tag === "described") return this.#fail({ reason: "closed the stream", sent: true })
    if (lastEventId !== this.#lastEventId) this.#vain = 0
    this.#lastEventId = lastEventId
    this.#later(retryMillis)
  }

  #later(retryMillis: number | undefined): void {
    const { resumeAttempts, resumeLeastMillis, resumeMillis, resumeMostMillis } = messageBounds
    if (++this.#vain > resumeAttempts) {
      return this.#fail({ reason: "broke off the stream of the answer, and does not go on with it", sent: true })
    }
    const delay = Math.min(Math.max(retryMillis ?? resumeMillis, resumeLeastMillis), resumeMostMillis)
    this.#cancelResume = this.#host.line.timers.after(delay, this.#resume)
  }

  readonly #resume = (): void => {
    const { headers, url, wire } = this.#host.line
    const path = `${url.pathname}${url.search}`
    const resumed = headers.stream(this.#lastEventId)
    wire.send({ method: "GET", path, headers: resumed, body: null, headersMillis: 0 }, this.#newPost())
  }

  /** Whatever becomes of this attempt, the server has had the request. */
  #resumed(outcome: PostOutcome, lastEventId: string): void {
    switch (outcome._tag) {
      case "Answered":
        return this.#end(outcome)
      case "Cut":
        return this.#cut(outcome.lastEventId, outcome.retryMillis)
      case "Failed":
      case "Unreachable":
        return this.#cut(lastEventId, undefined)
      case "Challenged":
        return this.#fail({ reason: "refused to go on with the stream of the answer", sent: true })
      case "Refused":
      case "SessionGone":
        return this.#fail({ reason: `${outcome.reason} when it should go on with an answer`, sent: true })
    }
  }

  #fail(failure: RequestFailure): void {
    this.#end({ _tag: "Failed", failure })
  }

  #end(end: MessageEnd): void {
    this.#isOver = true
    this.#host.over(this, end)
  }
}

/** Whether it only listens: what is said to it may go on for ever. */
export const isStream = (outgoing: Outgoing): boolean =>
  outgoing._tag === "Request" && outgoing.method === "subscriptions/listen"

const nothingAsked: ReadonlyArray<Challenge["status"]> = []
