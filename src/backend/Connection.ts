import type { InputAnswer } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { RequestId } from "../domain/Request.ts"
import { Cells } from "../machine/Cells.ts"
import { parse } from "../protocol/Envelope.ts"
import type { Incoming, IncomingReply } from "../protocol/Envelope.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { errorFrame, notificationFrame, replyText, requestFrame, resultFrame } from "../protocol/Splice.ts"
import { upstreamParams } from "../protocol/Upstream.ts"
import type { Dialect, Hop } from "../protocol/Upstream.ts"
import type { Outgoing, RequestFailure, Transport } from "./Transport.ts"

/** Somebody who waits for the reply to one request of this connection. Exactly one of `reply`, `lost` is called. */
export interface Waiter {
  readonly reply: (reply: BackendReply) => void
  /** No reply comes. With `alone` it has an end of its own; without, the connection ended, and bytes were written. */
  readonly lost: (reason: string, alone?: RequestFailure) => void
  readonly progress: (params: JsonObject) => void
}

/** A reply with its raw text, so that what the gateway does not know passes through unchanged. */
export type BackendReply =
  | { readonly _tag: "Result"; readonly result: JsonObject; readonly resultText: string }
  | { readonly _tag: "Error"; readonly code: number; readonly message: string; readonly errorText: string }

/** What a connection hands to the backend that owns it. */
export interface ConnectionEvents {
  /** `about`: the request with whose answer it came, where that can be told. */
  readonly onNotification: (method: string, params: JsonObject, about: string | undefined) => void
  readonly onRequest: (id: RequestId, method: string, params: JsonObject) => void
  /** The backend broke the protocol; the connection can't be trusted any more. */
  readonly onViolation: (reason: string) => void
}

/** How much rubbish on stdout is borne before it is a protocol violation: some servers print a banner. */
export const garbageLinesAllowed = 20

/**
 * Bytes that may wait for a backend that does not read them, besides the requests that somebody waits for: those are
 * bounded by their number. With more, the connection is ended. A backend may ask for as many answers as it likes, and a
 * client may cancel as many calls.
 */
export const unreadBytes = 32 * 1024 * 1024

const reply: Outgoing = { _tag: "Reply" }

/** UTF-8 has at most so many bytes for each unit of a JavaScript string. */
const bytesPerUnit = 3

/** A request without a reply so far; `length` of its frame in characters. */
interface Pending {
  readonly waiter: Waiter
  readonly length: number
}

/**
 * One incarnation of the line to a backend (design, "Connection(epoch)"): its own ids, its own pending requests. It
 * dies as one: whatever is pending when it ends gets `lost`, and a reply that comes for an id it does not know is
 * dropped (INV-17).
 */
export class Connection {
  readonly epoch: number
  readonly #transport: Transport
  readonly #events: ConnectionEvents
  readonly #pending = new Cells<string, Pending>()
  #sequence = 0
  #garbage = 0
  #repliesSeen = 0
  #repliesDropped = 0

  constructor(epoch: number, transport: Transport, events: ConnectionEvents) {
    this.epoch = epoch
    this.#transport = transport
    this.#events = events
  }

  get pending(): number {
    return this.#pending.size
  }

  /** Replies that found their request; grows with each, so that a change proves the backend alive. */
  get repliesSeen(): number {
    return this.#repliesSeen
  }

  /** Late, duplicate and unknown replies: dropped, never delivered. */
  get repliesDropped(): number {
    return this.#repliesDropped
  }

  get pid(): number | undefined {
    return this.#transport.pid
  }

  /** Ends the other side at once. */
  kill(): void {
    this.#transport.kill()
  }

  stderr(): ReadonlyArray<string> {
    return this.#transport.stderr()
  }

  /** Sends a request under an id of our own and returns that id, which is the progress token as well. */
  request(
    dialect: Dialect,
    method: string,
    params: JsonObject,
    hop: Omit<Hop, "progressToken">,
    waiter: Waiter,
    wantsProgress: boolean
  ): string {
    const id = this.#nextId()
    const asItIs = dialect.era === "stateful" && !wantsProgress
    const progressToken = wantsProgress ? id : undefined
    const sent = asItIs ? params : upstreamParams(dialect, params, { ...hop, progressToken })
    return this.#send({ _tag: "Request", id, method, params: sent, era: dialect.era }, waiter)
  }

  /** Sends a request whose parameters are ready as they are (the handshake, before a dialect is known). */
  requestRaw(method: string, params: JsonObject, waiter: Waiter): string {
    const id = this.#nextId()
    return this.#send({ _tag: "Request", id, method, params, era: undefined }, waiter)
  }

  notify(method: string, params?: JsonObject): void {
    this.#transport.write(notificationFrame(method, params), { _tag: "Notification", method, params })
  }

  respond(id: RequestId, result: unknown): void {
    this.#reply(resultFrame(id, JSON.stringify(result)))
  }

  refuse(id: RequestId, code: number, message: string): void {
    this.#reply(errorFrame(id, code, message))
  }

  /** Passes a client's answer on. */
  answer(id: RequestId, answer: InputAnswer): void {
    if ("error" in answer) this.refuse(id, answer.error.code, answer.error.message)
    else this.respond(id, answer.result)
  }

  /** Stops waiting for a request that nobody cancels at the other side, and lets go of what it holds. */
  abandon(id: string): void {
    if (this.forget(id)) this.#transport.drop?.(id)
  }

  /** Stops waiting for a request: a reply to it is dropped from now on. */
  forget(id: string): boolean {
    return this.#pending.delete(id)
  }

  /** One request failed, and the connection stands. */
  failed(id: string, failure: RequestFailure): void {
    const pending = this.#pending.get(id)
    if (!this.#pending.delete(id)) return
    pending?.waiter.lost(failure.reason, failure)
  }

  /** Whether a request surely has not reached the other side. */
  isUnsent(id: string): boolean {
    return this.#transport.isUnsent?.(id) === true
  }

  /** Ends every pending request, in the order they were sent. */
  lose(reason: string): void {
    const pending = [...this.#pending.keys()].map((id) => ({
      id,
      waiter: this.#pending.get(id)?.waiter,
      isUnsent: this.isUnsent(id)
    }))
    this.#pending.clear()
    // What is said not to have left must not leave after all.
    for (const { id, isUnsent } of pending) if (isUnsent) this.#transport.drop?.(id)
    for (const { isUnsent, waiter } of pending) waiter?.lost(reason, isUnsent ? { reason, sent: false } : undefined)
  }

  receive(frame: string, about?: string): void {
    const message = parse(frame)
    switch (message._tag) {
      case "Reply":
        return this.#replied(message)
      case "Notification":
        return message.method === "notifications/progress"
          ? this.#progress(message.params)
          : this.#events.onNotification(message.method, message.params, about)
      case "Request":
        return this.#events.onRequest(message.id, message.method, message.params)
      case "Invalid":
        return this.#invalid(message, frame)
    }
  }

  /** Ends the connection if too much waits for a backend that does not read. For the end of its owner's turn. */
  checkUnread(): void {
    const waiting = this.#transport.backlogBytes()
    if (waiting <= unreadBytes) return
    let awaited = 0
    for (const { length } of this.#pending.values()) awaited += length
    if (waiting <= unreadBytes + awaited * bytesPerUnit) return
    this.#events.onViolation(`does not read what it is sent: ${waiting} bytes wait for it`)
  }

  /** With the epoch in it: a reply that belongs to an earlier connection is none of this one's (INV-17). */
  #nextId(): string {
    return `sg:${this.epoch}:${++this.#sequence}`
  }

  #send(request: Extract<Outgoing, { readonly _tag: "Request" }>, waiter: Waiter): string {
    const { id } = request
    const frame = requestFrame(id, request.method, request.params)
    this.#pending.set(id, { waiter, length: frame.length })
    this.#transport.write(frame, request)
    return id
  }

  #reply(frame: string): void {
    this.#transport.write(frame, reply)
    this.checkUnread()
  }

  #replied(message: IncomingReply): void {
    const pending = typeof message.id === "string" ? this.#pending.get(message.id) : undefined
    if (pending === undefined || typeof message.id !== "string") {
      this.#repliesDropped++
      return
    }
    const { waiter } = pending
    this.#pending.delete(message.id)
    this.#repliesSeen++
    if (message.kind === "result") {
      return waiter.reply({ _tag: "Result", result: message.value, resultText: replyText(message) })
    }
    const { code, message: text } = message.value
    waiter.reply({ _tag: "Error", code, message: text, errorText: replyText(message) })
  }

  #progress(params: JsonObject): void {
    const token = params["progressToken"]
    if (typeof token === "string") this.#pending.get(token)?.waiter.progress(params)
  }

  #invalid(message: Extract<Incoming, { readonly _tag: "Invalid" }>, frame: string): void {
    // Log lines in JSON are as harmless as others; half an object may well be what is left of a reply.
    const isText = message.code === jsonRpcCodes.parseError && !frame.startsWith("{")
    const isOtherJson = message.code === jsonRpcCodes.invalidRequest && message.meant === "unknown"
    if (isText || isOtherJson) {
      this.#garbage++
      if (this.#garbage <= garbageLinesAllowed) return
      return this.#events.onViolation(`wrote more than ${garbageLinesAllowed} lines to stdout that are not MCP`)
    }
    this.#events.onViolation(`sent a message that is not valid JSON-RPC: ${message.reason}`)
  }
}
