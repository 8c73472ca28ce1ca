import { randomUUID } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { toNodeHandler, type NodeIncomingMessageLike } from "@modelcontextprotocol/node"
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
  WebStandardStreamableHTTPServerTransport
} from "@modelcontextprotocol/server"
import { Changes } from "./changes.ts"
import { conformanceServer, statefulServer } from "./conformanceServer.ts"
import { EventLog } from "./eventLog.ts"

/** After a stream broke off, a client waits this long before it opens it again. */
const retryMillis = 100

/** Both eras on one endpoint: sessions for clients that `initialize`, one instance a request for all others. */
export class Endpoint {
  readonly #changes = new Changes()
  readonly #sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()
  readonly #stateless = createMcpHandler(() => conformanceServer(this.#changes, false), { legacy: "reject" })

  constructor() {
    this.#changes.notifier = this.#stateless.notify
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    const refused =
      hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins())
    if (refused !== undefined) return refused
    return (await isLegacyRequest(request)) ? this.#inSession(request) : this.#stateless.fetch(request)
  }

  async #inSession(request: Request): Promise<Response> {
    const id = request.headers.get("mcp-session-id")
    const transport = id === null ? await this.#opened() : this.#sessions.get(id)
    if (transport !== undefined) return transport.handleRequest(request)
    const error = { code: -32000, message: "There is no such session" }
    return Response.json({ jsonrpc: "2.0", error, id: null }, { status: 404 })
  }

  /** A transport refuses any first message but `initialize`; then nothing is kept of it. */
  async #opened(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new EventLog(),
      retryInterval: retryMillis,
      onsessioninitialized: (id) => void this.#sessions.set(id, transport),
      onsessionclosed: (id) => void this.#sessions.delete(id)
    })
    await statefulServer(this.#changes).connect(transport)
    return transport
  }
}

/** `endpoint` as a listener of `node:http`. */
export const listenerOf = (endpoint: Endpoint) => {
  const handler = toNodeHandler(endpoint)
  return (request: IncomingMessage, response: Parameters<typeof handler>[1]): Promise<void> =>
    handler(likeNode(request), response)
}

/** The SDK's type of a request takes no `undefined`. */
const likeNode = (request: IncomingMessage): NodeIncomingMessageLike => ({
  method: request.method ?? "GET",
  url: request.url ?? "/",
  headers: request.headers,
  [Symbol.asyncIterator]: () => request[Symbol.asyncIterator]()
})
