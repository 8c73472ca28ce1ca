import type { Incoming, IncomingNotification, IncomingRequest } from "../protocol/Envelope.ts"
import { parse } from "../protocol/Envelope.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { RequestId } from "../domain/Request.ts"
import { Cells } from "../machine/Cells.ts"
import { metaKeys, metaOf } from "../protocol/Meta.ts"
import { headOf, isNotification } from "./FrameHead.ts"
import type { FrameHead } from "./FrameHead.ts"
import { mayRepeat } from "./Repeatable.ts"
import { settlementOf } from "./Settlement.ts"
import type { Memory, Running, Settlement } from "./Settlement.ts"

/** Requests of one client that run at the serving gateway; as many as `max_calls` may be at most. */
export const runningRequests = 65_536

/** Characters of requests kept to be sent again; a request beyond it ends with an error if the gateway goes away. */
export const repeatLength = 4 * 1024 * 1024

/** Questions of the gateway that are open at one client; those beyond are not called off if the gateway goes away. */
export const openQuestions = 4_096

/**
 * Follows the talk between a client and the gateway that it is attached to, so that another gateway can go on with it:
 * what runs, what is open, and what the client has told once for all.
 */
export class Ledger implements Memory {
  readonly running = new Cells<RequestId, Running>()
  readonly streams = new Map<RequestId, Running>()
  readonly questions = new Set<RequestId>()
  readonly watched = new Set<string>()
  initialize: string | undefined
  initialized = false
  level: string | undefined
  /** The gateway is about to end: what it says of streams now is not for the client, they are opened elsewhere. */
  closing = false
  #length = 0
  #batches = false

  /** Whether the client may send several messages in a frame: only in a session of 2025-03-26. */
  get batches(): boolean {
    return this.#batches
  }

  /** Whether so many more requests may be sent: too many may run already. */
  hasRoom(requests: number): boolean {
    return requests === 0 || this.running.size + this.streams.size + requests <= runningRequests
  }

  /** A message of the client is about to be sent. */
  sent(message: Incoming): void {
    if (message._tag === "Request") this.#requested(message)
    else if (message._tag === "Notification") this.#told(message)
    else if (message._tag === "Reply") this.questions.delete(message.id)
  }

  /** A frame of the gateway has come. False: it is not for the client. */
  received(frame: string): boolean {
    const head = headOf(frame)
    if (head._tag === "Reply") return this.#replied(head)
    if (head._tag === "Other") this.#noticed(frame)
    else if (this.questions.size < openQuestions) this.questions.add(head.id)
    return true
  }

  /** The gateway is gone: what that means for the client, and what the next one is to be told. */
  settle(reason: string): Settlement {
    return settlementOf(this, reason)
  }

  #requested({ id, method, params, text }: IncomingRequest): void {
    // The gateway drops a second request of an id.
    if (this.running.has(id) || this.streams.has(id)) return
    if (method === "initialize") this.#batches = params["protocolVersion"] === "2025-03-26"
    const kept = method === "initialize" || (mayRepeat(method) && this.#length + text.length <= repeatLength)
    if (kept) this.#length += text.length
    const uri = typeof params["uri"] === "string" ? params["uri"] : undefined
    const entry: Running = { id, method, text: kept ? text : undefined, uri, acknowledged: false }
    const into = method === "subscriptions/listen" ? this.streams : this.running
    into.set(id, entry)
  }

  #told({ method, params }: IncomingNotification): void {
    if (method === "notifications/initialized") this.initialized = true
    if (method === "notifications/cancelled") this.#forget(params["requestId"])
  }

  /** What is cancelled gets no reply. An `initialize` can't be. */
  #forget(id: unknown): void {
    if (typeof id !== "string" && typeof id !== "number") return
    const entry = this.running.get(id) ?? this.streams.get(id)
    if (entry !== undefined && entry.method !== "initialize") this.#ended(entry)
  }

  #ended({ id, text }: Running): void {
    this.running.delete(id)
    this.streams.delete(id)
    this.#length -= text?.length ?? 0
  }

  #replied({ failed, id }: Extract<FrameHead, { _tag: "Reply" }>): boolean {
    const entry = this.running.get(id) ?? this.streams.get(id)
    if (entry === undefined) return true
    if (this.closing && !failed && this.streams.get(id)?.text !== undefined) return false
    this.#ended(entry)
    if (!failed) this.#accepted(entry)
    return true
  }

  #accepted({ method, text, uri }: Running): void {
    if (method === "initialize") this.initialize = text
    else if (method === "logging/setLevel") this.level = text
    else if (uri === undefined) return
    else if (method === "resources/unsubscribe") this.#unwatched(uri)
    else if (method === "resources/subscribe") this.#watches(uri)
  }

  #watches(uri: string): void {
    if (this.watched.has(uri) || this.#length + uri.length > repeatLength) return
    this.watched.add(uri)
    this.#length += uri.length
  }

  #unwatched(uri: string): void {
    if (this.watched.delete(uri)) this.#length -= uri.length
  }

  #noticed(frame: string): void {
    if (this.questions.size > 0 && isNotification(frame, "notifications/cancelled")) {
      const message = parse(frame)
      const id = message._tag === "Notification" ? message.params["requestId"] : undefined
      if (typeof id === "string" || typeof id === "number") this.questions.delete(id)
    }
    if (!isNotification(frame, "notifications/subscriptions/acknowledged")) return
    const stream = this.streams.get(streamOf(frame) ?? "")
    if (stream !== undefined) stream.acknowledged = true
  }
}

/** The stream that a notification belongs to. */
export const streamOf = (frame: string): RequestId | undefined => {
  const message = parse(frame)
  const meta = message._tag === "Notification" ? metaOf(message.params) : undefined
  const id = isJsonObject(meta) ? meta[metaKeys.subscriptionId] : undefined
  return typeof id === "string" || typeof id === "number" ? id : undefined
}
