import { refusalCodes } from "../domain/Outcome.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { errorFrame } from "../protocol/Splice.ts"
import { HttpDeparture } from "./HttpDeparture.ts"
import type { DepartureHost } from "./HttpDeparture.ts"
import { HeldFrames } from "./HeldFrames.ts"
import type { HeldFrame } from "./HeldFrames.ts"
import { LegacyOpening, olderServer } from "./LegacyOpening.ts"
import type { OpeningHost } from "./LegacyOpening.ts"
import { HttpListening } from "./HttpListening.ts"
import type { ListeningHost } from "./HttpListening.ts"
import type { HttpLine, HttpMessage, MessageEnd, Route } from "./HttpMessage.ts"
import { HttpMessages } from "./HttpMessages.ts"
import type { MessagesOwner } from "./HttpMessages.ts"
import type { MirroredTools } from "./MirroredTools.ts"
import type { Outgoing, RequestFailure, Transport, TransportEvents, TransportExit } from "./Transport.ts"
import type { ResponseHeaders } from "./Wire.ts"

type OutgoingRequest = Extract<Outgoing, { readonly _tag: "Request" }>
type OutgoingNotification = Extract<Outgoing, { readonly _tag: "Notification" }>

/** What a transport is made of. */
export interface HttpTransportParts {
  readonly backend: string
  readonly line: HttpLine
  readonly tools: MirroredTools
  readonly transport: "auto" | "streamable" | "sse"
  readonly lingerLimit: number
}

/**
 * A line to an MCP server over HTTP, in whichever of three ways the server has: each request by itself (2026-07-28),
 * in a session (2025-03-26 to 2025-11-25), or by one event stream and POSTs besides (HTTP+SSE, 2024-11-05).
 *
 * Nothing here waits: what a read brings is handed over in the same turn.
 */
export class HttpTransport implements Transport, MessagesOwner, ListeningHost, OpeningHost, DepartureHost {
  readonly pid = undefined
  readonly line: HttpLine
  readonly #parts: HttpTransportParts
  readonly #events: TransportEvents
  readonly #messages: HttpMessages
  readonly #held = new HeldFrames()
  #hasSession = false
  #listening: HttpListening | undefined
  #legacy: LegacyOpening | undefined
  #legacyPath: string | undefined
  #departure: HttpDeparture | undefined
  #isOver = false

  constructor(parts: HttpTransportParts, events: TransportEvents) {
    this.line = parts.line
    this.#parts = parts
    this.#events = events
    this.#messages = new HttpMessages(parts.line, parts.lingerLimit, this)
  }

  readonly write = (frame: string, outgoing: Outgoing): void => {
    if (this.#isOver) return
    if (outgoing._tag === "Notification" && this.#forgotten(outgoing)) return
    if (this.#held.isHolding) this.#held.add({ frame, outgoing })
    else this.#send(frame, outgoing)
  }

  readonly isUnsent = (id: string): boolean =>
    this.#messages.isUnsent(id) || this.#held.requests().includes(id) || this.#departure?.has(id) === true

  readonly drop = (id: string): void => {
    this.#held.forget(id)
    this.#messages.drop(id)
    this.#departure?.forget(id)
    // Later: its owner, who may send more, must not find the line gone in the middle of a turn.
    if (this.#departure !== undefined) this.line.timers.soon(() => this.#departure?.check())
  }

  readonly backlogBytes = (): number => this.#messages.waitingBytes + this.#held.length

  readonly kill = (): void => this.exit({ reason: "was stopped" })

  readonly stderr = (): ReadonlyArray<string> => []

  /** Whether the server keeps a session for this line that it should hear the end of. Call before `kill`. */
  get isToldGoodbye(): boolean {
    return !this.#isOver && this.line.headers.inSession
  }

  #send(frame: string, outgoing: Outgoing): void {
    if (outgoing._tag === "Request") return this.#request(frame, outgoing)
    // The stateless era has neither notifications of clients nor answers to servers.
    if (!this.#hasSession || this.#departure !== undefined) return
    this.#messages.send(frame, outgoing, this.#sessionRoute())
    // A server may refuse what overtakes it.
    if (outgoing._tag === "Notification" && outgoing.method === "notifications/initialized") this.#held.hold()
  }

  #request(frame: string, outgoing: OutgoingRequest): void {
    const { era, id, method } = outgoing
    if (this.#departure !== undefined) return this.#departure.add(id)
    const isBeginning = era === undefined && method === "initialize"
    if (isBeginning || era !== undefined) this.#hasSession = era !== "stateless"
    if (this.#legacyPath !== undefined) return this.#messages.send(frame, outgoing, this.#sessionRoute())
    if (this.#parts.transport === "sse") {
      if (isBeginning) return this.#openLegacy({ frame, outgoing }, undefined)
      return this.#answer(id, jsonRpcCodes.methodNotFound, "has no methods of the stateless era")
    }
    if (isBeginning) return this.#messages.send(frame, outgoing, { _tag: "plain" })
    this.#messages.send(frame, outgoing, era === "stateful" ? this.#sessionRoute() : { _tag: "described" })
  }

  #sessionRoute(): Route {
    return this.#legacyPath === undefined ? { _tag: "session" } : { _tag: "legacy", path: this.#legacyPath }
  }

  /**
   * Whether a request is not wanted any more and nobody is to be told, or can be. In a session its server is told first;
   * without, the end of the POST tells it.
   */
  #forgotten({ method, params }: OutgoingNotification): boolean {
    if (method !== "notifications/cancelled") return false
    const id = params?.["requestId"]
    if (typeof id !== "string") return true
    const mayTell = this.#hasSession && this.#departure === undefined
    if (mayTell) return this.#held.forget(id) || this.#messages.dropUnsent(id)
    this.drop(id)
    return true
  }

  responded(message: HttpMessage, status: number, headers: ResponseHeaders): void {
    if (status < 300 && message.isInitialize) this.line.headers.begin(headers)
  }

  frames(message: HttpMessage, frames: ReadonlyArray<string>): void {
    const { outgoing } = message
    if (outgoing._tag === "Request") {
      if (message.isInitialize) for (const frame of frames) this.line.headers.negotiated(frame)
      if (outgoing.method === "tools/list" && message.route._tag === "described") {
        for (const frame of frames) this.#parts.tools.learn(outgoing.params, frame)
      }
    }
    this.heard(frames, message.id)
  }

  readonly heard = (frames: ReadonlyArray<string>, about?: string): void => {
    if (!this.#isOver) this.#events.onFrames(frames, about)
  }

  oversize(bytes: number): void {
    if (!this.#isOver) this.#events.onOversize(bytes)
  }

  ended(message: HttpMessage, end: MessageEnd): void {
    if (this.#isOver) return
    if (message.outgoing._tag === "Notification") this.#told(message.outgoing)
    const { id } = message
    switch (end._tag) {
      case "SessionGone":
        this.#depart({ reason: end.reason, renewable: true }, id)
        break
      case "Unreachable":
        // With HTTP+SSE the stream is the line, and calls wait for it.
        if (message.route._tag !== "legacy") this.#depart({ reason: end.reason }, id)
        else if (id !== undefined) this.failed(id, { reason: end.reason, sent: false })
        break
      case "Failed":
        if (id !== undefined) this.failed(id, end.failure)
        break
      case "Refused":
        this.#refused(message, end.status, end.reason)
        break
      case "Answered":
    }
    this.#departure?.check()
  }

  /** A notification has been taken, or failed. */
  #told({ method, params }: OutgoingNotification): void {
    if (method === "notifications/initialized") {
      if (this.#legacyPath !== undefined) return this.#release()
      this.#listening = new HttpListening(this)
      this.#listening.open()
    } else if (method === "notifications/cancelled" && typeof params?.["requestId"] === "string") {
      this.drop(params["requestId"])
    }
  }

  #refused({ frame, outgoing, route }: HttpMessage, status: number, reason: string): void {
    if (outgoing._tag !== "Request") return
    // Only what begins a session goes out plain.
    const mayBeOlder = this.#parts.transport === "auto" && route._tag === "plain"
    if (mayBeOlder && olderServer.has(status)) this.#openLegacy({ frame, outgoing }, reason)
    else this.#answer(outgoing.id, refusalCodes.httpRefused, reason)
  }

  /** Holds everything until the stream of the older transport says where it goes. */
  #openLegacy(first: HeldFrame, before: string | undefined): void {
    this.#held.hold()
    this.#held.add(first)
    this.#legacy = new LegacyOpening(this, before)
    this.#legacy.open()
  }

  readonly opened = (path: string): void => {
    this.#legacyPath = path
    this.#release()
  }

  /** There is no such stream: who waits for it hears why. */
  readonly notOpened = (reason: string, failure: RequestFailure | undefined): void => {
    for (const { outgoing } of this.#held.release()) {
      if (outgoing._tag !== "Request") continue
      if (failure === undefined) this.#answer(outgoing.id, refusalCodes.httpRefused, reason)
      else this.failed(outgoing.id, failure)
    }
  }

  /** The stream is there on which the server may ask what a call makes it ask. */
  readonly standing = (): void => this.#release()

  #release(): void {
    for (const { frame, outgoing } of this.#held.release()) this.write(frame, outgoing)
  }

  #answer(id: string, code: number, reason: string): void {
    this.heard([errorFrame(id, code, `backend "${this.#parts.backend}" ${reason}`)])
  }

  readonly sessionGone = (reason: string): void => this.#depart({ reason, renewable: true }, undefined)

  readonly unreachable = (reason: string): void => this.#depart({ reason }, undefined)

  #depart(exit: TransportExit, id: string | undefined): void {
    if (this.#isOver) return
    this.#departure ??= new HttpDeparture(exit, this, this.line.timers)
    this.#departure.add(id)
    this.#departure.check()
  }

  readonly underWay = (): number => this.#messages.awaited

  readonly failed = (id: string, failure: RequestFailure): void => {
    if (!this.#isOver) this.#events.onFailed(id, failure)
  }

  readonly stayed = (): void => void (this.#departure = undefined)

  /** The end of the line, told once, with what it leaves undone. */
  readonly exit = (exit: TransportExit): void => {
    if (this.#isOver) return
    this.#isOver = true
    const unsent = [...(this.#departure?.unsent ?? []), ...this.#messages.unsent, ...this.#held.requests()]
    this.#departure?.stop()
    this.#listening?.stop()
    this.#legacy?.stop()
    this.#messages.stop()
    this.#held.release()
    this.#events.onExit(unsent.length === 0 ? exit : { ...exit, unsent })
  }
}
