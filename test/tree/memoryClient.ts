import { isJsonObject, type JsonObject } from "../../src/domain/Json.ts"
import type { ClientLine } from "../../src/gateway/Gateway.ts"
import type { Session } from "../../src/gateway/Session.ts"
import { metaKeys } from "../../src/protocol/Meta.ts"
import { isReply, objectIn, parseObject, type Id } from "../fixtures/envelope.ts"

export interface RequestOptions {
  readonly id?: Id
  readonly progressToken?: Id
  /** What a modern client can do; given, the request describes itself. */
  readonly modern?: JsonObject
}

/** A frame as it was given to the client's edge. */
export interface Delivered {
  readonly message: JsonObject
  readonly about: Id | undefined
  readonly last: boolean
}

/** A client in this process. It keeps every frame it gets. */
export class MemoryClient {
  readonly sessionId: string
  /** What came, oldest first. */
  readonly texts: Array<string> = []
  readonly messages: Array<JsonObject> = []
  readonly delivered: Array<Delivered> = []
  /** Requests that ended without a reply. */
  readonly unanswered: Array<Id> = []
  readonly session: Session
  readonly #flush: () => void
  #ids = 0

  constructor(
    sessionId: string,
    gateway: { connect: (line: ClientLine) => Session; flush: () => void },
    of: Pick<ClientLine, "principal" | "scope"> = {}
  ) {
    this.sessionId = sessionId
    this.#flush = gateway.flush
    this.session = gateway.connect({
      sessionId,
      ...of,
      send: (frame, _minor, about, last) => {
        const message = parseObject(frame) ?? { unreadable: frame }
        this.texts.push(frame)
        this.messages.push(message)
        this.delivered.push({ message, about, last })
      },
      unanswered: (id) => void this.unanswered.push(id)
    })
  }

  /** Frames of one read. */
  sendText(...frames: ReadonlyArray<string>): void {
    for (const frame of frames) this.session.receive(frame)
    this.#flush()
  }

  send(...messages: ReadonlyArray<JsonObject>): void {
    this.sendText(...messages.map((message) => JSON.stringify(message)))
  }

  /** Sends a request; its id. */
  request(method: string, params: JsonObject = {}, options: RequestOptions = {}): Id {
    const message = this.requestMessage(method, params, options)
    this.send(message)
    const id = message["id"]
    return typeof id === "string" || typeof id === "number" ? id : 0
  }

  /** The message of a request, not sent yet. */
  requestMessage(
    method: string,
    params: JsonObject = {},
    { id, modern, progressToken }: RequestOptions = {}
  ): JsonObject {
    const meta = {
      ...objectIn(params, "_meta"),
      ...(progressToken === undefined ? undefined : { progressToken }),
      ...(modern === undefined
        ? undefined
        : { [metaKeys.protocolVersion]: "2026-07-28", [metaKeys.clientCapabilities]: modern })
    }
    const all = Object.keys(meta).length === 0 ? params : { ...params, _meta: meta }
    return { jsonrpc: "2.0", id: id ?? ++this.#ids, method, params: all }
  }

  /** Calls a tool; the request's id. */
  call(name: string, args: JsonObject = {}, options: RequestOptions = {}): Id {
    return this.request("tools/call", { name, arguments: args }, options)
  }

  notify(method: string, params: JsonObject = {}): void {
    this.send({ jsonrpc: "2.0", method, params })
  }

  cancel(requestId: Id): void {
    this.notify("notifications/cancelled", { requestId })
  }

  /** Opens a session of the stateful era. */
  open(capabilities: JsonObject = {}): this {
    const clientInfo = { name: "test", version: "1" }
    this.request(
      "initialize",
      { protocolVersion: "2025-11-25", capabilities, clientInfo },
      { id: `open ${++this.#ids}` }
    )
    this.notify("notifications/initialized")
    return this
  }

  close(): void {
    this.session.close()
    this.#flush()
  }

  repliesTo(id: Id): ReadonlyArray<JsonObject> {
    return this.messages.filter((message) => message["id"] === id && isReply(message))
  }

  /** The one reply to a request; throws when there is none or more than one. */
  reply(id: Id): JsonObject {
    const [first, ...more] = this.repliesTo(id)
    if (first === undefined || more.length > 0) {
      throw new Error(
        `request ${JSON.stringify(id)} has ${first === undefined ? "no reply" : `${1 + more.length} replies`}`
      )
    }
    return first
  }

  /** The parameters of every notification of a method. */
  notified(method: string): ReadonlyArray<JsonObject> {
    return this.messages.filter((message) => message["method"] === method).map((message) => objectIn(message, "params"))
  }

  /** The requests of the gateway to this client. */
  get asked(): ReadonlyArray<JsonObject> {
    return this.messages.filter((message) => message["method"] !== undefined && message["id"] !== undefined)
  }

  /** The names in the reply to a list. */
  names(id: Id, member = "tools"): ReadonlyArray<string> {
    const entries = objectIn(this.reply(id), "result")[member]
    return Array.isArray(entries) ? entries.filter(isJsonObject).map(({ name }) => String(name)) : []
  }
}
