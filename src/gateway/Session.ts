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
import type { Incoming, IncomingInvalid, IncomingRequest } from "../protocol/Envelope.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { metaKeys } from "../protocol/Meta.ts"
import { errorFrame, notificationFrame, resultFrame } from "../protocol/Splice.ts"
import { ClientQuestions } from "./ClientQuestions.ts"
import { Listening } from "./Listening.ts"
import { agreementOn, discoverResult, initializeResult } from "./Opening.ts"
import type { Agreement } from "./Opening.ts"
import { OutLine } from "./OutLine.ts"
import { isStatefulOnly, notOfThisRevision, readRequest } from "./ReadRequest.ts"
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
  readonly scope: string | undefined
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
    this.scope = settings.scope
    this.#settings = settings
    const { inputTimer, principal, router } = settings
    const line = new OutLine(settings)
    const questions = new ClientQuestions((frame, about) => line.send(frame, about))
    this.#line = line
    this.#questions = questions
    this.#listening = new Listening(line)
    this.#calls = new SessionCalls({ router, principal, inputTimer, questions, log: this.#log, line })
    router.opened(this)
  }

  /** Requests that have no reply yet. */
  get running(): number {
    return this.#calls.size + this.#questions.size
  }

  /** The revision that `initialize` agreed on; `undefined`: there was none. */
  get version(): string | undefined {
    return this.#agreement?.version
  }

  /** Whether a request of this id has no reply yet: a second one of it would be dropped. */
  has(id: RequestId): boolean {
    return this.#calls.has(id) || this.#listening.has(id) || this.#questions.has(id)
  }

  capabilities(): JsonObject {
    return this.#agreement?.capabilities ?? this.#lastCapabilities ?? {}
  }

  /** Takes one frame of the client. */
  receive(frame: string): void {
    if (this.#agreement?.version !== "2025-03-26") return this.take(parse(frame))
    const incoming = parseBatch(frame)
    if (incoming._tag !== "Batch") return this.take(incoming)
    for (const message of incoming.messages) this.take(message)
  }

  /** A frame was larger than is allowed, and discarded. */
  oversize(limit: number): void {
    const message = `a message may have at most ${limit} bytes (max_frame_bytes)`
    this.#line.send(errorFrame(null, jsonRpcCodes.invalidRequest, message), undefined)
  }

  /** Ends the session: what runs is cancelled, questions are taken back, streams get their last reply. */
  close(): void {
    if (this.#line.closed) return
    this.#listening.end()
    this.#calls.close()
    this.#line.close()
    this.#questions.close("the client is gone")
    this.#settings.router.closed(this)
  }

  ask({ answer, method, params, whenGone }: LooseQuestion): boolean {
    const capability = capabilityFor(method)
    if (!this.#initialized || capability === undefined || !isJsonObject(this.capabilities()[capability])) return false
    const wireId = this.#questions.askAlone(method, params, (given) => {
      callOff()
      answer(given)
    })
    if (wireId === undefined) return false
    const callOff = this.#settings.inputTimer(() => this.#questions.withdraw(wireId, "nobody answered in time"))
    whenGone(() => this.#questions.withdraw(wireId, "the server that asked is gone"))
    return true
  }

  notice(method: string, params: JsonObject): void {
    if (!this.#initialized) return
    const isLog = method === "notifications/message"
    if (isLog && !this.#log.wants(params)) return
    const frame = notificationFrame(method, params)
    if (isLog) this.#line.sendMinor(frame, undefined)
    else this.#line.sendHint(frame, frame, undefined)
  }

  listsChanged(changes: ListChanges): void {
    this.#listening.listsChanged(changes)
    if (!this.#initialized) return
    for (const kind of ["tools", "prompts", "resources"] as const) {
      const method = `notifications/${kind}/list_changed`
      if (changes[kind]) this.#line.sendHint(method, notificationFrame(method), undefined)
    }
  }

  resourceUpdated(params: JsonObject, sides: ReadonlySet<WatchSide>): void {
    if (sides.has("streams")) this.#listening.resourceUpdated(params)
    const method = "notifications/resources/updated"
    if (!sides.has("session")) return
    this.#line.sendHint(`${method} ${String(params["uri"])}`, notificationFrame(method, params), undefined)
  }

  /** Takes one message of the client that has been read already. */
  take(message: Incoming): void {
    switch (message._tag) {
      case "Request":
        return this.#request(message)
      case "Notification":
        return this.#notification(message.method, message.params)
      case "Reply":
        if (!this.#questions.answered(message)) this.#settings.log("the client answered a question that was not asked")
        return
      case "Invalid":
        return this.#invalid(message)
    }
  }

  #invalid({ code, id, meant, reason }: IncomingInvalid): void {
    if (meant === "reply") return
    const frame = errorFrame(id, code, reason)
    // Under the id of a request that runs it is not the reply to that one.
    if (id === null || this.has(id)) this.#line.send(frame, undefined)
    else this.#line.reply(id, frame)
  }

  #request({ id, method, params }: IncomingRequest): void {
    if (this.has(id)) {
      return this.#settings.log(`request id ${JSON.stringify(id)} is in use already; the second request is dropped`)
    }
    if (method === "initialize") return this.#initialize(id, params)
    if (describesItself(params)) return this.#stateless(id, method, params)
    if (method === "ping") return this.#line.reply(id, resultFrame(id, "{}"))
    if (this.#agreement === undefined) {
      const message = `send "initialize" first, or describe the request in params._meta["${metaKeys.protocolVersion}"]`
      return this.#protocolError(id, {
        code: jsonRpcCodes.invalidParams,
        message,
        data: { supported: supportedVersions }
      })
    }
    if (method === "logging/setLevel") this.#log.set(params)
    this.#calls.run(id, readRequest(this.#settings, "stateful", this.#agreement, this.#log.level, method, params))
  }

  #stateless(id: RequestId, method: string, params: JsonObject): void {
    const description = readSelfDescription(params)
    if (isProtocolError(description)) return this.#protocolError(id, description)
    if (method === "server/discover") return this.#discover(id)
    if (isStatefulOnly(method)) {
      return this.#protocolError(id, notOfThisRevision(method))
    }
    const request = readRequest(this.#settings, "stateless", description, description.logLevel, method, params)
    // A stream is asked nothing: for it alone no connections are opened that only one who can be asked needs.
    if (method === "subscriptions/listen") return this.#listen(id, request)
    this.#describedBy(description.capabilities)
    this.#calls.run(id, request)
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
    const { identity, router, scope } = this.#settings
    const result = initializeResult(agreement.version, identity, router.introduction(scope))
    this.#line.reply(id, resultFrame(id, JSON.stringify(result)))
    router.described(this)
  }

  #discover(id: RequestId): void {
    const { identity, router, scope } = this.#settings
    this.#line.reply(id, resultFrame(id, JSON.stringify(discoverResult(identity, router.introduction(scope)))))
  }

  #protocolError(id: RequestId, { code, data, message }: ProtocolError): void {
    this.#line.reply(id, errorFrame(id, code, message, data))
  }

  #listen(id: RequestId, request: Request): void {
    const uris = this.#listening.open(id, request.params)
    if (uris === undefined) {
      return this.#protocolError(id, { code: refusalCodes.overloaded, message: "too many open subscriptions" })
    }
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
