import { supportedVersions } from "../domain/Era.ts"
import type { LooseQuestion } from "../domain/Call.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import { capabilityFor } from "../protocol/Capabilities.ts"
import { describesItself, isProtocolError, readSelfDescription } from "../protocol/Downstream.ts"
import type { ProtocolError } from "../protocol/Downstream.ts"
import { parse, parseBatch } from "../protocol/Envelope.ts"
import type { Incoming, IncomingRequest } from "../protocol/Envelope.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { metaKeys } from "../protocol/Meta.ts"
import { errorFrame, notificationFrame, resultFrame } from "../protocol/Splice.ts"
import { ClientQuestions } from "./ClientQuestions.ts"
import { Listening } from "./Listening.ts"
import { agreementOn, discoverResult, initializeResult } from "./Opening.ts"
import type { Agreement } from "./Opening.ts"
import { OutLine } from "./OutLine.ts"
import { isStatefulOnly, readRequest } from "./ReadRequest.ts"
import { SessionCalls } from "./SessionCalls.ts"
import { SessionLog } from "./SessionLog.ts"
import type { ListChanges, SessionPort, WatchSide } from "./SessionPort.ts"
import type { SessionSettings } from "./SessionSettings.ts"

/**
 * One client on one line, in either era, or in both: a request that describes itself is served statelessly, an
 * `initialize` opens the stateful side (MCP 2026-07-28, versioning, "Backward Compatibility"). Reads its frames, and
 * tells it what the router has to say.
 */
export class Session implements SessionPort {
  readonly id: string
  readonly #settings: SessionSettings
  readonly #line: OutLine
  readonly #questions: ClientQuestions
  readonly #listening: Listening
  readonly #log = new SessionLog()
  readonly #calls: SessionCalls
  #agreement: Agreement | undefined
  #initialized = false
  #lastCapabilities: JsonObject | undefined

  constructor(settings: SessionSettings) {
    this.id = settings.id
    this.#settings = settings
    const { inputTimer, router } = settings
    const line = new OutLine(settings.send)
    const questions = new ClientQuestions((frame) => line.send(frame))
    this.#line = line
    this.#questions = questions
    this.#listening = new Listening(line)
    this.#calls = new SessionCalls({ router, inputTimer, questions, log: this.#log, line })
    router.opened(this)
  }

  /** Requests that have no reply yet. */
  get running(): number {
    return this.#calls.size + this.#questions.size
  }

  capabilities(): JsonObject {
    return this.#agreement?.capabilities ?? this.#lastCapabilities ?? {}
  }

  /** Takes one frame of the client. */
  receive(frame: string): void {
    if (this.#agreement?.version !== "2025-03-26") return this.#take(parse(frame))
    const incoming = parseBatch(frame)
    if (incoming._tag !== "Batch") return this.#take(incoming)
    for (const message of incoming.messages) this.#take(message)
  }

  /** A frame was larger than is allowed, and discarded. */
  oversize(limit: number): void {
    const message = `a message may have at most ${limit} bytes (max_frame_bytes)`
    this.#line.send(errorFrame(null, jsonRpcCodes.invalidRequest, message))
  }

  /** Ends the session: what runs is cancelled, questions are taken back, streams get their last reply. */
  close(): void {
    if (this.#line.closed) return
    this.#listening.end()
    this.#calls.cancelAll()
    this.#line.close()
    this.#questions.close("the client is gone")
    this.#settings.router.closed(this)
  }

  ask({ answer, method, params }: LooseQuestion): boolean {
    const capability = capabilityFor(method)
    if (!this.#initialized || capability === undefined || !isJsonObject(this.capabilities()[capability])) return false
    const wireId = this.#questions.askAlone(method, params, (given) => {
      callOff()
      answer(given)
    })
    if (wireId === undefined) return false
    const callOff = this.#settings.inputTimer(() => this.#questions.withdraw(wireId, "nobody answered in time"))
    return true
  }

  notice(method: string, params: JsonObject): void {
    if (!this.#initialized) return
    const isLog = method === "notifications/message"
    if (isLog && !this.#log.wants(params)) return
    const frame = notificationFrame(method, params)
    if (isLog) this.#line.sendMinor(frame)
    else this.#line.sendHint(frame, frame)
  }

  listsChanged(changes: ListChanges): void {
    this.#listening.listsChanged(changes)
    if (!this.#initialized) return
    for (const kind of ["tools", "prompts", "resources"] as const) {
      const method = `notifications/${kind}/list_changed`
      if (changes[kind]) this.#line.sendHint(method, notificationFrame(method))
    }
  }

  resourceUpdated(params: JsonObject, sides: ReadonlySet<WatchSide>): void {
    if (sides.has("streams")) this.#listening.resourceUpdated(params)
    const method = "notifications/resources/updated"
    if (sides.has("session"))
      this.#line.sendHint(`${method} ${String(params["uri"])}`, notificationFrame(method, params))
  }

  #take(message: Incoming): void {
    switch (message._tag) {
      case "Request":
        return this.#request(message)
      case "Notification":
        return this.#notification(message.method, message.params)
      case "Reply":
        if (!this.#questions.answered(message)) this.#settings.log("the client answered a question that was not asked")
        return
      case "Invalid":
        if (message.meant !== "reply") this.#line.send(errorFrame(message.id, message.code, message.reason))
    }
  }

  #request({ id, method, params }: IncomingRequest): void {
    if (this.#calls.has(id) || this.#listening.has(id) || this.#questions.has(id)) {
      return this.#settings.log(`request id ${JSON.stringify(id)} is in use already; the second request is dropped`)
    }
    if (method === "initialize") return this.#initialize(id, params)
    if (describesItself(params)) return this.#stateless(id, method, params)
    if (method === "ping") return this.#line.send(resultFrame(id, "{}"))
    if (this.#agreement === undefined) {
      const message = `send "initialize" first, or describe the request in params._meta["${metaKeys.protocolVersion}"]`
      return this.#line.send(errorFrame(id, jsonRpcCodes.invalidParams, message, { supported: supportedVersions }))
    }
    if (method === "logging/setLevel") this.#log.set(params)
    this.#calls.run(id, readRequest(this.#settings, "stateful", this.#agreement, this.#log.level, method, params))
  }

  #stateless(id: RequestId, method: string, params: JsonObject): void {
    const description = readSelfDescription(params)
    if (isProtocolError(description)) return this.#protocolError(id, description)
    if (method === "server/discover") return this.#discover(id)
    this.#describedBy(description.capabilities)
    if (isStatefulOnly(method)) {
      return this.#line.send(errorFrame(id, jsonRpcCodes.methodNotFound, `${method} is not a method of this revision`))
    }
    const request = readRequest(this.#settings, "stateless", description, description.logLevel, method, params)
    return method === "subscriptions/listen" ? this.#listen(id, request) : this.#calls.run(id, request)
  }

  /** Without a session what the client can do is known from its requests; the first one that tells is announced. */
  #describedBy(capabilities: JsonObject): void {
    const first = this.#lastCapabilities === undefined
    this.#lastCapabilities = capabilities
    if (first && this.#agreement === undefined) this.#settings.router.described(this)
  }

  #initialize(id: RequestId, params: JsonObject): void {
    const agreement = agreementOn(params)
    if ("code" in agreement) return this.#protocolError(id, agreement)
    this.#agreement = agreement
    const { identity, router } = this.#settings
    this.#line.send(
      resultFrame(id, JSON.stringify(initializeResult(agreement.version, identity, router.instructions())))
    )
    router.described(this)
  }

  #discover(id: RequestId): void {
    const { identity, router } = this.#settings
    this.#line.send(resultFrame(id, JSON.stringify(discoverResult(identity, router.instructions()))))
  }

  #protocolError(id: RequestId, { code, data, message }: ProtocolError): void {
    this.#line.send(errorFrame(id, code, message, data))
  }

  #listen(id: RequestId, request: Request): void {
    const uris = this.#listening.open(id, request.params)
    if (uris === undefined)
      return this.#line.send(errorFrame(id, refusalCodes.overloaded, "too many open subscriptions"))
    if (uris.length > 0) this.#settings.router.watch(this, uris, request)
  }

  #notification(method: string, params: JsonObject): void {
    switch (method) {
      case "notifications/initialized":
        this.#initialized = true
        return
      case "notifications/cancelled":
        return this.#cancelled(params["requestId"], params["reason"])
      case "notifications/roots/list_changed":
        return this.#settings.router.tell(this, method, {})
    }
  }

  #cancelled(id: unknown, why: unknown): void {
    if (typeof id !== "string" && typeof id !== "number") return
    if (this.#listening.has(id)) {
      return this.#settings.router.unwatch(this, this.#listening.close(id))
    }
    const reason = typeof why === "string" ? why : "the client cancelled the request"
    this.#calls.cancel(id, reason)
  }
}
