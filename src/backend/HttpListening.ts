import { isReply } from "../protocol/PostAnswer.ts"
import { headerOf, HttpExchange, isType } from "./HttpExchange.ts"
import type { Reading } from "./HttpExchange.ts"
import type { HttpLine } from "./HttpMessage.ts"
import { StreamPatience } from "./StreamPatience.ts"
import { unreachable, unsendable } from "./HttpWords.ts"
import type { ResponseHeaders } from "./Wire.ts"

export const listeningBounds = {
  /** How long everything else waits for the stream to be there: what it brings first may be asked for by a call. */
  standMillis: 1_000,
  /** Before the stream is opened again, where the server does not say (`retry`); doubled while it brings nothing. */
  retryMillis: 1_000,
  retryLeastMillis: 50,
  /** Most that the doubling makes of it, and most that a server may ask for. */
  retryMostMillis: 10_000,
  wantedMostMillis: 60_000
} as const

/** How long to wait before the stream is opened again: what the server wants (`retry`), after so many vain attempts. */
export const reopenMillis = (retry: number | undefined, vain: number): number => {
  const { retryLeastMillis, retryMillis, retryMostMillis, wantedMostMillis } = listeningBounds
  const wanted = Math.min(Math.max(retry ?? retryMillis, retryLeastMillis), wantedMostMillis)
  return Math.max(wanted, Math.min(wanted * 2 ** Math.min(vain, 10), retryMostMillis))
}

export interface ListeningHost {
  readonly line: HttpLine
  readonly heard: (frames: ReadonlyArray<string>) => void
  readonly oversize: (bytes: number) => void
  readonly sessionGone: (reason: string) => void
  readonly unreachable: (reason: string) => void
  /** The stream is there, or there is none, or it takes too long: called once. */
  readonly standing: () => void
}

/**
 * The stream on which a server of the stateful era says what belongs to no request (MCP 2025-11-25, Transports,
 * "Listening for Messages from the Server"). Opened again whenever it ends, from the last event on, until a server says
 * that it has none. Replies have no place on it: they come with the POST, or with the stream that goes on with it.
 */
export class HttpListening {
  readonly #host: ListeningHost
  #stream: ListeningStream | undefined
  #lastEventId: string | undefined
  /** The server has shown that it has such a stream. */
  #wasOffered = false
  readonly #patience = new StreamPatience()
  /** The stream that is asked for may still begin at once. */
  #isEarly = false
  #cancelEarly: (() => void) | undefined
  #vain = 0
  #isOver = false
  #cancelReopening: (() => void) | undefined
  /** While everything else still waits for the stream. */
  #cancelStand: (() => void) | undefined

  constructor(host: ListeningHost) {
    this.#host = host
    this.#cancelStand = host.line.timers.after(listeningBounds.standMillis, this.#stand)
  }

  readonly open = (): void => {
    if (this.#isOver) return
    const { headers, url, wire } = this.#host.line
    // Its refusal may still be sending a body.
    this.#stream?.abort()
    this.#stream = new ListeningStream(this.#host, this.#answered, this.#closed)
    this.#isEarly = true
    this.#cancelEarly?.()
    this.#cancelEarly = this.#host.line.timers.after(listeningBounds.standMillis, () => {
      this.#isEarly = false
    })
    const path = `${url.pathname}${url.search}`
    const body = { body: null, headersMillis: this.#patience.millis }
    wire.send({ method: "GET", path, headers: headers.stream(this.#lastEventId), ...body }, this.#stream)
  }

  stop(): void {
    this.#isOver = true
    this.#cancelReopening?.()
    this.#cancelEarly?.()
    this.#cancelStand?.()
    this.#stream?.abort()
  }

  readonly #stand = (): void => {
    if (this.#cancelStand === undefined || this.#isOver) return
    this.#cancelStand()
    this.#cancelStand = undefined
    this.#host.standing()
  }

  /** Whether it may be asked for again. */
  readonly #answered = (status: number, isStream: boolean): boolean => {
    this.#stand()
    if (isStream) {
      this.#patience.began(this.#isEarly)
      this.#wasOffered = true
      return true
    }
    // Of a server that never had a stream a 404 says that it has none, as a 405 does.
    if (status === 404 && this.#wasOffered && this.#host.line.headers.inSession) {
      this.#host.sessionGone("ended the session")
    }
    // It may only not know the event.
    if (status === 400 && this.#lastEventId !== undefined) {
      this.#lastEventId = undefined
      return true
    }
    // Credentials may be new the next time, a server too busy or broken may be better.
    return status === 401 || status === 408 || status === 429 || status >= 500
  }

  readonly #closed = (stream: ListeningStream, isOffered: boolean): void => {
    this.#stand()
    if (this.#isOver || !isOffered) return
    if (!stream.hasBegun) this.#patience.missed()
    this.#vain = stream.broughtFrames ? 0 : this.#vain + 1
    this.#lastEventId = stream.lastEventId ?? this.#lastEventId
    const delay = reopenMillis(stream.retryMillis, this.#vain)
    this.#cancelReopening = this.#host.line.timers.after(delay, this.open)
  }
}

class ListeningStream extends HttpExchange {
  readonly #host: ListeningHost
  readonly #answered: Answered
  readonly #closed: Closed
  #frames: Array<string> = []
  #isRefused = false
  /** There was an answer, whichever. */
  hasBegun = false
  broughtFrames = false

  constructor(host: ListeningHost, answered: Answered, closed: Closed) {
    super(host.line.maxBytes)
    this.#host = host
    this.#answered = answered
    this.#closed = closed
  }

  protected override head(status: number, headers: ResponseHeaders): Reading {
    this.hasBegun = true
    const isEvents = status < 300 && isType(headers, "text/event-stream")
    const isStream = isEvents && headerOf(headers, "content-encoding") === undefined
    const isOffered = this.#answered(status, isStream)
    if (isStream) return "events"
    this.#isRefused = true
    // Its body may never end.
    this.#closed(this, isOffered)
    return "not"
  }

  protected override whole(): void {}

  protected override event(type: string, data: string): void {
    if (type === "message" && data !== "" && !isReply(data)) this.#frames.push(data)
  }

  protected override eventsRead(): void {
    if (this.#frames.length === 0) return
    const frames = this.#frames
    this.#frames = []
    this.broughtFrames = true
    this.#host.heard(frames)
  }

  protected override oversize(bytes: number): void {
    this.eventsRead()
    this.#host.oversize(bytes)
  }

  protected override ended(): void {
    if (!this.#isRefused) this.#closed(this, true)
  }

  protected override failed(error: Error): void {
    if (this.#isRefused) return
    const isSendable = this.sent || unsendable(error) === undefined
    this.#closed(this, isSendable)
    if (!this.sent && isSendable) this.#host.unreachable(unreachable(error, this.#host.line.url.host))
  }
}

type Answered = (status: number, isStream: boolean) => boolean
type Closed = (stream: ListeningStream, isOffered: boolean) => void
