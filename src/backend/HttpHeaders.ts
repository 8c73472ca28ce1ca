import type { HttpLaunch } from "../domain/BackendSpec.ts"
import type { JsonObject } from "../domain/Json.ts"
import { parse } from "../protocol/Envelope.ts"
import { headerValue } from "../protocol/HeaderValue.ts"
import { metaKeys, metaOf } from "../protocol/Meta.ts"
import type { Credentials } from "./Credentials.ts"
import { headerOf } from "./HttpExchange.ts"
import type { MirroredTools } from "./MirroredTools.ts"
import type { Outgoing } from "./Transport.ts"
import type { ResponseHeaders } from "./Wire.ts"

/** Longest session id that is kept; it goes out with every request. */
export const sessionIdLength = 1_024

/** What the server calls the session (MCP 2025-11-25, Transports, "Session Management"): visible ASCII. */
const sessionId = /^[\x21-\x7e]+$/

const both = "application/json, text/event-stream"

/** Which member of the parameters `Mcp-Name` repeats (MCP 2026-07-28, Streamable HTTP, "Standard Request Headers"). */
const namedBy: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri"
}

/**
 * The headers of every request to one backend, name and value in turn: what its configuration gives, what proves who
 * the gateway is, and what the protocol asks for. Nothing of a client is among them (INV-4).
 */
export class HttpHeaders {
  readonly #credentials: Credentials
  readonly #tools: MirroredTools
  readonly #configured: ReadonlyArray<string>
  #shown: Readonly<Record<string, string>> | undefined
  #base: Array<string> = []
  #plainPost: Array<string> = []
  #sessionPost: Array<string> = []
  #session: string | undefined
  #version: string | undefined

  constructor(launch: HttpLaunch, credentials: Credentials, tools: MirroredTools) {
    this.#credentials = credentials
    this.#tools = tools
    this.#configured = ["user-agent", "sentinel-gateway", ...Object.entries(launch.headers).flat()]
  }

  get inSession(): boolean {
    return this.#session !== undefined
  }

  /** The server answered `initialize`: it may name a session. False: with a name that can't be used. */
  begin(headers: ResponseHeaders): boolean {
    const id = headerOf(headers, "mcp-session-id")
    this.#session = id !== undefined && id.length <= sessionIdLength && sessionId.test(id) ? id : undefined
    this.#shown = undefined
    return id === this.#session
  }

  /** A frame of the answer to `initialize`: it names the revision. */
  negotiated(frame: string): void {
    const reply = parse(frame)
    const version = reply._tag === "Reply" && reply.kind === "result" ? reply.value["protocolVersion"] : undefined
    if (typeof version !== "string") return
    this.#version = headerValue(version)
    this.#shown = undefined
  }

  /** For a message in a session, or in the HTTP+SSE of old. */
  post(): Array<string> {
    this.#refresh()
    return this.#sessionPost
  }

  /** For a message before there is a session. */
  plainPost(): Array<string> {
    this.#refresh()
    return this.#plainPost
  }

  /** For a request that describes itself: the headers repeat what is in its body. */
  selfDescribed({ method, params }: Extract<Outgoing, { readonly _tag: "Request" }>): Array<string> {
    this.#refresh()
    const version = metaOf(params)?.[metaKeys.protocolVersion]
    const headers = this.#plainPost.concat(
      "mcp-protocol-version",
      typeof version === "string" ? headerValue(version) : "",
      "mcp-method",
      headerValue(method)
    )
    const name = nameIn(method, params)
    if (name !== undefined) headers.push("mcp-name", headerValue(name))
    if (method === "tools/call") headers.push(...this.#tools.headers(params))
    return headers
  }

  /** For a stream of the session, from an event on. */
  stream(lastEventId: string | undefined): Array<string> {
    this.#refresh()
    const headers = this.#base.concat("accept", "text/event-stream", ...this.#ofSession())
    return lastEventId === undefined ? headers : headers.concat("last-event-id", headerText(lastEventId))
  }

  /** For the end of the session. */
  farewell(): Array<string> {
    this.#refresh()
    return this.#base.concat(...this.#ofSession())
  }

  #ofSession(): Array<string> {
    return [
      ...(this.#session === undefined ? [] : ["mcp-session-id", this.#session]),
      ...(this.#version === undefined ? [] : ["mcp-protocol-version", this.#version])
    ]
  }

  /** Puts the arrays together anew when something in them has changed. */
  #refresh(): void {
    const shown = this.#credentials.headers()
    if (shown === this.#shown) return
    this.#shown = shown
    this.#base = [...this.#configured, ...Object.entries(shown).flat()]
    this.#plainPost = [...this.#base, "content-type", "application/json", "accept", both]
    this.#sessionPost = [...this.#plainPost, ...this.#ofSession()]
  }
}

const nameIn = (method: string, params: JsonObject): string | undefined => {
  const member = namedBy[method] ?? (method.startsWith("tasks/") ? "taskId" : undefined)
  const name = member === undefined ? undefined : params[member]
  return typeof name === "string" ? name : undefined
}

/** An event id is UTF-8 in a header (WHATWG HTML, 9.2.3), written here as the bytes that it has. */
const headerText = (text: string): string => Buffer.from(text, "utf8").toString("latin1")
