import type { JsonObject } from "../../src/domain/Json.ts"
import { metaKeys } from "../../src/protocol/Meta.ts"
import { begin, open, send, type Answer, type Headers, type Pending } from "./httpClient.ts"

export type Id = string | number

/** The `_meta` of the stateless era. */
export const modernMeta = (capabilities: JsonObject = {}): JsonObject => ({
  [metaKeys.protocolVersion]: "2026-07-28",
  [metaKeys.clientCapabilities]: capabilities
})

export interface ModernRequest {
  readonly id?: Id
  readonly meta?: JsonObject
  readonly headers?: Headers
}

/** An MCP client over HTTP, of both eras, that adds nothing to what a test says but the headers of its era. */
export class HttpClient {
  readonly url: string
  readonly token: string | undefined
  /** Of the session, once one is open. */
  sessionId: string | undefined
  version = "2025-11-25"
  #ids = 0

  constructor(url: string, token?: string) {
    this.url = url
    this.token = token
  }

  /** A client of one backend under its own names. */
  of(backend: string): HttpClient {
    return new HttpClient(this.url.replace(/\/mcp$/, `/servers/${backend}/mcp`), this.token)
  }

  /** What a request of the stateless era looks like. */
  modern(method: string, params: JsonObject = {}, { headers, id, meta }: ModernRequest = {}) {
    const name = params["name"] ?? params["uri"]
    return {
      body: {
        jsonrpc: "2.0",
        id: id ?? ++this.#ids,
        method,
        params: { ...params, _meta: { ...modernMeta(), ...meta } }
      },
      headers: {
        ...this.#credentials(),
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": method,
        ...(typeof name === "string" && { "Mcp-Name": name }),
        ...headers
      }
    }
  }

  /** Sends a request of the stateless era, and reads the answer to its end. */
  ask(method: string, params?: JsonObject, options?: ModernRequest): Promise<Answer> {
    return send(this.url, this.modern(method, params, options))
  }

  /** Sends a request of the stateless era. */
  begin(method: string, params?: JsonObject, options?: ModernRequest): Pending {
    return begin(this.url, this.modern(method, params, options))
  }

  call(name: string, args: JsonObject = {}, options?: ModernRequest): Promise<Answer> {
    return this.ask("tools/call", { name, arguments: args }, options)
  }

  /** Headers of the session. */
  sessionHeaders(): Headers {
    return {
      ...this.#credentials(),
      "MCP-Protocol-Version": this.version,
      ...(this.sessionId !== undefined && { "Mcp-Session-Id": this.sessionId })
    }
  }

  /** Opens a session. */
  async initialize(version = this.version, capabilities: JsonObject = {}): Promise<Answer> {
    const params = { protocolVersion: version, capabilities, clientInfo: { name: "test", version: "1" } }
    const body = { jsonrpc: "2.0", id: `open ${++this.#ids}`, method: "initialize", params }
    const answer = await send(this.url, { body, headers: this.#credentials() })
    const sessionId = answer.headers["mcp-session-id"]
    if (typeof sessionId !== "string") return answer
    this.sessionId = sessionId
    this.version = version
    await this.post({ jsonrpc: "2.0", method: "notifications/initialized" })
    return answer
  }

  /** Sends a body in the session, and reads the answer to its end. */
  post(body: unknown, headers: Headers = {}): Promise<Answer> {
    return send(this.url, { body, headers: { ...this.sessionHeaders(), ...headers } })
  }

  beginPost(body: unknown, headers: Headers = {}): Pending {
    return begin(this.url, { body, headers: { ...this.sessionHeaders(), ...headers } })
  }

  /** The message of a request in the session. */
  message(method: string, params: JsonObject = {}, id?: Id) {
    return { jsonrpc: "2.0", id: id ?? ++this.#ids, method, params }
  }

  request(method: string, params: JsonObject = {}, id?: Id): Promise<Answer> {
    return this.post(this.message(method, params, id))
  }

  /** Opens the session's own stream. */
  listen(headers: Headers = {}): Promise<Answer> {
    return open(this.url, { method: "GET", headers: { ...this.sessionHeaders(), ...headers } })
  }

  /** Goes on with a stream that was lost. */
  resume(eventId: string): Promise<Answer> {
    return this.listen({ "Last-Event-ID": eventId })
  }

  end(): Promise<Answer> {
    return send(this.url, { method: "DELETE", headers: this.sessionHeaders() })
  }

  #credentials(): Headers {
    return this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` }
  }
}
