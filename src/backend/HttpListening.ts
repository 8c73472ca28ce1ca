import { headerOf, HttpExchange, isType } from "./HttpExchange.ts"
import type { Reading, ResponseHeaders } from "./HttpExchange.ts"
import type { HttpLine } from "./HttpMessage.ts"
import { unreachable } from "./HttpWords.ts"

export const listeningBounds = {
  /** How long everything else waits for the stream to be there: what it brings first may be asked for by a call. */
  standMillis: 1_000,
  /** Before the stream is opened again, where the server does not say (`retry`); doubled while it brings nothing. */
  retryMillis: 1_000,
  retryLeastMillis: 50,
  retryMostMillis: 10_000
} as const

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
 * that it has none.
 */
export class HttpListening {
  readonly #host: ListeningHost
  #stream: ListeningStream | undefined
  #lastEventId: string | undefined
  #vain = 0
  #isOver = false
  #timer: NodeJS.Timeout | undefined
  #stands: NodeJS.Timeout | undefined

  constructor(host: ListeningHost) {
    this.#host = host
    // Real timers, not Effect's clock: what is waited for is the server.
    this.#stands = setTimeout(this.#stand, listeningBounds.standMillis)
    this.#stands.unref()
  }

  readonly open = (): void => {
    if (this.#isOver) return
    const { headers, url, wire } = this.#host.line
    this.#stream = new ListeningStream(this.#host, this.#stand, this.#closed)
    const path = `${url.pathname}${url.search}`
    const body = { body: null, headersMillis: 0 }
    wire.send({ method: "GET", path, headers: headers.stream(this.#lastEventId), ...body }, this.#stream)
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    clearTimeout(this.#stands)
    this.#stream?.abort()
  }

  readonly #stand = (): void => {
    if (this.#stands === undefined || this.#isOver) return
    clearTimeout(this.#stands)
    this.#stands = undefined
    this.#host.standing()
  }

  readonly #closed = (stream: ListeningStream, isOffered: boolean): void => {
    this.#stand()
    if (this.#isOver || !isOffered) return
    const { retryLeastMillis, retryMillis, retryMostMillis } = listeningBounds
    this.#vain = stream.broughtFrames ? 0 : this.#vain + 1
    this.#lastEventId = stream.lastEventId ?? this.#lastEventId
    const wanted = Math.max(stream.retryMillis ?? retryMillis, retryLeastMillis)
    const delay = Math.max(wanted, Math.min(wanted * 2 ** Math.min(this.#vain, 10), retryMostMillis))
    this.#timer = setTimeout(this.open, delay)
    this.#timer.unref()
  }
}

class ListeningStream extends HttpExchange {
  readonly #host: ListeningHost
  readonly #stands: () => void
  readonly #closed: (stream: ListeningStream, isOffered: boolean) => void
  #frames: Array<string> = []
  #isOffered = true
  broughtFrames = false

  constructor(host: ListeningHost, stands: () => void, closed: (stream: ListeningStream, isOffered: boolean) => void) {
    super(host.line.maxBytes)
    this.#host = host
    this.#stands = stands
    this.#closed = closed
  }

  protected override head(status: number, headers: ResponseHeaders): Reading {
    this.#stands()
    const isStream = status < 300 && isType(headers, "text/event-stream")
    if (isStream && headerOf(headers, "content-encoding") === undefined) return "events"
    if (status === 404 && this.#host.line.headers.inSession) this.#host.sessionGone("ended the session")
    // Credentials may be new the next time, a server too busy or broken may be better.
    this.#isOffered = status === 401 || status === 408 || status === 429 || status >= 500
    return "not"
  }

  protected override whole(): void {}

  protected override event(type: string, data: string): void {
    if (type === "message" && data !== "") this.#frames.push(data)
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
    this.#closed(this, this.#isOffered)
  }

  protected override failed(error: Error): void {
    this.#closed(this, this.#isOffered)
    if (!this.sent) this.#host.unreachable(unreachable(error, this.#host.line.url.host))
  }
}
