import { parse } from "../protocol/Envelope.ts"
import { mcpCodes } from "../protocol/JsonRpcCodes.ts"
import { postMessage, postMessages } from "../protocol/PostAnswer.ts"
import type { PostMessage } from "../protocol/PostAnswer.ts"
import type { Challenge } from "./Credentials.ts"
import { challengeOf, headerOf, HttpExchange, isType } from "./HttpExchange.ts"
import type { Reading } from "./HttpExchange.ts"
import { broken, redirectWords, statusWords, unreachable, unsendable } from "./HttpWords.ts"
import type { ResponseHeaders } from "./Wire.ts"

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
  /** It is of the stateful era, and says only what its handshake has not said. */
  readonly followsHandshake: boolean
  /** It names a session. */
  readonly inSession: boolean
  /** It is a `tools/call`, which may have been worked on whatever its error says. */
  readonly isCall: boolean
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
const otherEra: PostOutcome = { _tag: "SessionGone", reason: "speaks another revision than it did" }
const sessionGone: PostOutcome = { _tag: "SessionGone", reason: "ended the session" }

/** Codes with which servers answer a request of a session that they do not know. */
const lostSessionCodes = new Set([-32_000, -32_001])

/** Codes with which a server of the stateless era answers a request that does not describe itself. */
const otherEraCodes = new Set<number>([mcpCodes.headerMismatch, mcpCodes.unsupportedProtocolVersion])

/** What they say then with status 400 instead of 404: nothing else is taken for it, as a tool may speak of sessions. */
const lostSessionWords = new Set([
  "session not found",
  "no valid session id provided",
  "server not initialized",
  "invalid or missing session id",
  "invalid session id"
])

/** One message on its way, and the response to it: a POST, or a GET that goes on with the stream of an earlier one. */
export class HttpPost extends HttpExchange {
  readonly subject: PostSubject
  /** Its number among those whose response went on after they were settled, if it did. */
  lingers: number | undefined
  readonly #owner: PostOwner
  /** Whether the end of its body can be told from its being cut off. */
  #isWhole = false
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
    if (encoding === "identity" && isType(headers, "application/json")) {
      this.#isWhole = "content-length" in headers || "transfer-encoding" in headers
      return "whole"
    }
    if (encoding === "identity" && isType(headers, "text/event-stream")) return "events"
    return this.#fail(`answered with ${statusWords(status)}, but with neither JSON nor an event stream`)
  }

  protected override whole(text: string): void {
    const { id } = this.subject
    if (id === undefined) return
    const messages = postMessages(text, id, this.#isWhole)
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
    else this.#settle(this.#notSent(error))
    this.#owner.closed(this)
  }

  #notSent(error: Error): PostOutcome {
    const reason = unsendable(error)
    if (reason !== undefined) return { _tag: "Failed", reason, sent: false }
    return { _tag: "Unreachable", reason: unreachable(error, new URL(this.subject.url).host) }
  }

  #take({ frame, kind }: PostMessage): void {
    if (kind === "foreign") return
    if (isAnswer(kind)) this.#hasAnswer = true
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
    // Its body may yet say that it is the answer.
    const mayAnswer = id !== undefined && isType(headers, "application/json")
    if (status === 404 && inSession && !mayAnswer) return this.#settle(sessionGone)
    this.#refused = status
    return id === undefined ? this.#refuse(status) : "whole"
  }

  /** A status of 4xx whose body may say more. */
  #explained(status: number, messages: ReadonlyArray<PostMessage>): void {
    const answer = messages.find(({ kind }) => isAnswer(kind))
    const { followsHandshake, inSession, isCall } = this.subject
    if (inSession && saysSessionGone(status, answer, isCall)) {
      this.#settle(sessionGone)
    } else if (followsHandshake && saysOtherEra(status, answer, isCall)) {
      this.#settle(otherEra)
    } else if (answer === undefined) {
      this.#refuse(status)
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
    if (this.#refused === 404 && this.subject.inSession) return this.#settle(sessionGone)
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

const isAnswer = (kind: PostMessage["kind"]): boolean => kind === "answer" || kind === "unaddressed"

/**
 * Whether a refusal says that the server does not know the session: a 404 does (MCP 2025-11-25, Transports, "Session
 * Management"), unless its body answers the request by name with an error of another kind; so does a 400 with the words
 * of a known server, unless it answers a tool call by name.
 */
const saysSessionGone = (status: number, answer: PostMessage | undefined, isCall: boolean): boolean => {
  const isNamed = answer?.kind === "answer"
  if (status === 404 && !isNamed) return true
  const message = answer === undefined ? undefined : parse(answer.frame)
  if (message?._tag !== "Reply" || message.kind !== "error" || !lostSessionCodes.has(message.value.code)) return false
  if (status === 404) return true
  return status === 400 && !(isNamed && isCall) && lostSessionWords.has(plainWords(message.value.message))
}

/**
 * Whether a server of the stateless era has taken the place of the one that shook hands: it misses in each request what
 * a handshake says once (MCP 2026-07-28, Streamable HTTP, "Server Validation"; Overview, "Error Codes"). An earlier
 * server may mean something else by such a code, so what answers a tool call by name is the answer.
 */
const saysOtherEra = (status: number, answer: PostMessage | undefined, isCall: boolean): boolean => {
  if (status !== 400 || answer === undefined || (answer.kind === "answer" && isCall)) return false
  const message = parse(answer.frame)
  return message._tag === "Reply" && message.kind === "error" && otherEraCodes.has(message.value.code)
}

const plainWords = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/^bad request: /, "")
    .replace(/\.$/, "")
