import type { Challenge } from "./Credentials.ts"
import { challengeOf, headerOf, HttpExchange, isType } from "./HttpExchange.ts"
import type { Reading } from "./HttpExchange.ts"
import type { HttpLine } from "./HttpMessage.ts"
import { broken, redirectWords, statusWords, unreachable, unsendable } from "./HttpWords.ts"
import type { ResponseHeaders } from "./Wire.ts"

/** How the stream of a server of 2024-11-05 ended, or never began. Reasons follow "backend x". */
export type LegacyEnd =
  | { readonly _tag: "Unreachable"; readonly reason: string }
  /** It could not even be asked for. */
  | { readonly _tag: "NotSent"; readonly reason: string }
  | { readonly _tag: "Challenged"; readonly challenge: Challenge }
  /** It does not speak this transport. */
  | { readonly _tag: "NotOffered"; readonly reason: string }
  /** The line is over. */
  | { readonly _tag: "Closed"; readonly reason: string }

/** Longest path that is used, its query included: it goes out with every message. */
export const endpointLength = 4_096

export interface LegacyHost {
  readonly line: HttpLine
  /** Messages can go out now, to this path. */
  readonly opened: (path: string) => void
  readonly heard: (frames: ReadonlyArray<string>) => void
  readonly oversize: (bytes: number) => void
  readonly legacyEnded: (end: LegacyEnd) => void
}

/**
 * The one event stream of the HTTP+SSE transport (MCP 2024-11-05, Transports): its first event says where messages are
 * sent, everything that the server says comes on it. It lives as long as the line.
 */
export class HttpLegacy extends HttpExchange {
  readonly #host: LegacyHost
  #frames: Array<string> = []
  #hasEndpoint = false

  constructor(host: LegacyHost) {
    super(host.line.maxBytes)
    this.#host = host
  }

  open(): void {
    const { headers, url, wire } = this.#host.line
    const path = `${url.pathname}${url.search}`
    wire.send({ method: "GET", path, headers: headers.stream(undefined), body: null, headersMillis: 0 }, this)
  }

  protected override head(status: number, headers: ResponseHeaders): Reading {
    if (status < 300 && isType(headers, "text/event-stream")) return "events"
    this.#finish(this.#notOffered(status, headers))
    return "not"
  }

  protected override whole(): void {}

  protected override event(type: string, data: string): void {
    if (type === "endpoint" && !this.#hasEndpoint) return this.#endpoint(data)
    if (type === "message" && data !== "") this.#frames.push(data)
  }

  protected override eventsRead(): void {
    if (this.#frames.length === 0 || this.isOver) return
    const frames = this.#frames
    this.#frames = []
    this.#host.heard(frames)
  }

  protected override oversize(bytes: number): void {
    this.eventsRead()
    this.#host.oversize(bytes)
  }

  protected override ended(): void {
    this.#finish(this.#over("closed its event stream"))
  }

  protected override failed(error: Error): void {
    if (this.sent) return this.#finish(this.#over(broken(error)))
    const reason = unsendable(error)
    if (reason !== undefined) return this.#finish({ _tag: "NotSent", reason })
    this.#finish({ _tag: "Unreachable", reason: unreachable(error, this.#host.line.url.host) })
  }

  #notOffered(status: number, headers: ResponseHeaders): LegacyEnd {
    const challenge = challengeOf(status, headers)
    if (challenge !== undefined) return { _tag: "Challenged", challenge }
    if (status < 300) return { _tag: "NotOffered", reason: "opened no event stream" }
    const { href } = this.#host.line.url
    const words = status < 400 ? redirectWords(status, headerOf(headers, "location"), href) : statusWords(status)
    return { _tag: "NotOffered", reason: `answered with ${words}` }
  }

  #over(reason: string): LegacyEnd {
    return { _tag: this.#hasEndpoint ? "Closed" : "NotOffered", reason }
  }

  #finish(end: LegacyEnd): void {
    this.abort()
    this.#host.legacyEnded(end)
  }

  /** Anywhere but at its own origin, the credentials would go to somebody else. */
  #endpoint(data: string): void {
    const { url } = this.#host.line
    const endpoint = URL.parse(data, url.href)
    if (endpoint === null || endpoint.origin !== url.origin) {
      const reason = "named an endpoint of another origin for its messages, which is not used"
      return this.#finish({ _tag: "NotOffered", reason })
    }
    const path = `${endpoint.pathname}${endpoint.search}`
    if (path.length > endpointLength) {
      const reason = `named an endpoint of more than ${endpointLength} characters for its messages`
      return this.#finish({ _tag: "NotOffered", reason })
    }
    this.#hasEndpoint = true
    this.#host.opened(path)
  }
}
