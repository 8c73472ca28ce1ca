import { negotiateStateful, supportedVersions } from "../domain/Era.ts"
import type { LooseQuestion } from "../domain/Call.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Outcome, Refusal } from "../domain/Outcome.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Principal } from "../domain/Principal.ts"
import { logLevels } from "../domain/Request.ts"
import type { LogLevel, Request, RequestId } from "../domain/Request.ts"
import { capabilityFor } from "../protocol/Capabilities.ts"
import { describesItself, isProtocolError, progressTokenOf, readSelfDescription } from "../protocol/Downstream.ts"
import { parse, parseBatch } from "../protocol/Envelope.ts"
import type { Incoming, IncomingRequest } from "../protocol/Envelope.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { metaKeys, withoutHopMeta } from "../protocol/Meta.ts"
import { errorFrame, notificationFrame, resultFrame } from "../protocol/Splice.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { ClientQuestions, roundLimit } from "./ClientQuestions.ts"
import { Listening } from "./Listening.ts"
import { listTtlMillis } from "./ListTexts.ts"
import { replyFrame } from "./Reply.ts"
import type { RouterPort } from "./RouterPort.ts"
import { RunningCall } from "./RunningCall.ts"
import type { CallOwner } from "./RunningCall.ts"
import type { ListChanges, SessionPort, WatchSide } from "./SessionPort.ts"

/** What a session is made of. */
export interface SessionSettings {
  readonly id: string
  readonly principal: Principal
  readonly identity: Implementation
  readonly router: RouterPort
  /** Sends a frame; `minor` ones (progress, log) may be dropped when the client does not read. */
  readonly send: (frame: string, minor: boolean) => void
  readonly log: (message: string) => void
  /** Calls `timedOut` after the time a person gets to answer a question; the function returned calls it off. */
  readonly inputTimer: (timedOut: () => void) => () => void
}

/** The stateful side of a session: what `initialize` agreed on. */
interface Agreement {
  readonly version: string
  readonly capabilities: JsonObject
  readonly clientInfo: JsonObject | undefined
}

/**
 * One client on one line, in either era, or in both: a request that describes itself is served statelessly, an
 * `initialize` opens the stateful side (MCP 2026-07-28, versioning, "Backward Compatibility"). Turns frames into
 * calls and outcomes into frames, and keeps what runs.
 */
export class Session implements SessionPort, CallOwner {
  readonly id: string
  readonly #settings: SessionSettings
  readonly #running = new Map<RequestId, RunningCall>()
  readonly #questions: ClientQuestions
  readonly #listening: Listening
  readonly #rounds = new Map<RequestId, number>()
  #agreement: Agreement | undefined
  #initialized = false
  /** Set by `logging/setLevel`; until then a stateful backend sends what it likes, a stateless one nothing. */
  #logLevel: LogLevel | undefined
  #lastCapabilities: JsonObject | undefined
  #closed = false

  constructor(settings: SessionSettings) {
    this.id = settings.id
    this.#settings = settings
    this.#questions = new ClientQuestions((frame) => this.send(frame))
    this.#listening = new Listening((frame) => this.send(frame))
    settings.router.opened(this)
  }

  /** Requests that have no reply yet. */
  get running(): number {
    return this.#running.size + this.#questions.size
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
    this.send(errorFrame(null, jsonRpcCodes.invalidRequest, message))
  }

  /** Ends the session: what runs is cancelled, questions are taken back, streams get their last reply. */
  close(): void {
    if (this.#closed) return
    this.#listening.end()
    for (const call of this.#running.values()) call.cancel()
    this.#closed = true
    this.#questions.close("the client is gone")
    this.#settings.router.closed(this)
  }

  send(frame: string): void {
    if (!this.#closed) this.#settings.send(frame, false)
  }

  sendMinor(frame: string): void {
    if (!this.#closed) this.#settings.send(frame, true)
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
    if (method !== "notifications/message") return this.send(notificationFrame(method, params))
    const level = logLevels.findIndex((known) => known === params["level"])
    const least = this.#logLevel === undefined ? 0 : logLevels.indexOf(this.#logLevel)
    if (level >= least) this.sendMinor(notificationFrame(method, params))
  }

  listsChanged(changes: ListChanges): void {
    this.#listening.listsChanged(changes)
    if (!this.#initialized) return
    for (const kind of ["tools", "prompts", "resources"] as const) {
      if (changes[kind]) this.send(notificationFrame(`notifications/${kind}/list_changed`))
    }
  }

  resourceUpdated(params: JsonObject, sides: ReadonlySet<WatchSide>): void {
    if (sides.has("streams")) this.#listening.resourceUpdated(params)
    if (sides.has("session")) this.send(notificationFrame("notifications/resources/updated", params))
  }

  wantsLog(request: Request, level: number): boolean {
    const least = request.era === "stateful" ? this.#logLevel : request.logLevel
    if (least === undefined) return request.era === "stateful"
    return level >= logLevels.indexOf(least)
  }

  settled(call: RunningCall, outcome: Outcome): void {
    if (this.#running.get(call.id) === call) this.#running.delete(call.id)
    this.#settings.router.load.running--
    if (this.#closed) return
    if (
      call.request.era === "stateful" &&
      outcome._tag === "Completed" &&
      outcome.result["resultType"] === "input_required"
    ) {
      return this.#askClient(call, outcome.result)
    }
    const cancelled = this.#rounds.get(call.id) === Infinity
    if (this.#rounds.size > 0) this.#rounds.delete(call.id)
    const frame = cancelled ? undefined : replyFrame(call.id, call.request, outcome)
    if (frame !== undefined) this.send(frame)
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
        if (message.meant !== "reply") this.send(errorFrame(message.id, message.code, message.reason))
    }
  }

  #request({ id, method, params }: IncomingRequest): void {
    if (this.#running.has(id) || this.#listening.has(id) || this.#questions.has(id)) {
      return this.#settings.log(`request id ${JSON.stringify(id)} is in use already; the second request is dropped`)
    }
    if (method === "initialize") return this.#initialize(id, params)
    if (describesItself(params)) return this.#stateless(id, method, params)
    if (method === "ping") return this.send(resultFrame(id, "{}"))
    if (this.#agreement === undefined) {
      const message = `send "initialize" first, or describe the request in params._meta["${metaKeys.protocolVersion}"]`
      return this.send(errorFrame(id, jsonRpcCodes.invalidParams, message, { supported: supportedVersions }))
    }
    if (method === "logging/setLevel") this.#setLogLevel(params)
    const { capabilities, clientInfo } = this.#agreement
    this.#call(id, {
      method,
      params: withoutHopMeta(params),
      principal: this.#settings.principal,
      sessionId: this.id,
      era: "stateful",
      capabilities,
      clientInfo,
      progressToken: progressTokenOf(params),
      logLevel: this.#logLevel
    })
  }

  #stateless(id: RequestId, method: string, params: JsonObject): void {
    const description = readSelfDescription(params)
    if (isProtocolError(description)) {
      return this.send(errorFrame(id, description.code, description.message, description.data))
    }
    if (method === "server/discover") return this.#discover(id)
    this.#describedBy(description.capabilities)
    if (statefulOnly.has(method)) {
      return this.send(errorFrame(id, jsonRpcCodes.methodNotFound, `${method} is not a method of this revision`))
    }
    const request: Request = {
      method,
      params: withoutHopMeta(params),
      principal: this.#settings.principal,
      sessionId: this.id,
      era: "stateless",
      capabilities: description.capabilities,
      clientInfo: description.clientInfo,
      progressToken: progressTokenOf(params),
      logLevel: description.logLevel
    }
    return method === "subscriptions/listen" ? this.#listen(id, request) : this.#call(id, request)
  }

  /** Without a session what the client can do is known from its requests; the first one that tells is announced. */
  #describedBy(capabilities: JsonObject): void {
    const first = this.#lastCapabilities === undefined
    this.#lastCapabilities = capabilities
    if (first && this.#agreement === undefined) this.#settings.router.described(this)
  }

  #call(id: RequestId, request: Request): void {
    const { load } = this.#settings.router
    const call = new RunningCall(this, id, request)
    this.#running.set(id, call)
    load.running++
    if (load.running > load.limit || !this.#settings.router.dispatch(call)) call.settle(gatewayBusy(load.limit))
  }

  #initialize(id: RequestId, params: JsonObject): void {
    const requested = params["protocolVersion"]
    if (typeof requested !== "string" || !isJsonObject(params["capabilities"])) {
      const message = "initialize needs params.protocolVersion (a string) and params.capabilities (an object)"
      return this.send(errorFrame(id, jsonRpcCodes.invalidParams, message))
    }
    const version = negotiateStateful(requested)
    const clientInfo = isJsonObject(params["clientInfo"]) ? params["clientInfo"] : undefined
    this.#agreement = { version, capabilities: params["capabilities"], clientInfo }
    const result = {
      protocolVersion: version,
      capabilities: { ...serverCapabilities, logging: {} },
      serverInfo: this.#settings.identity,
      ...this.#instructions()
    }
    this.send(resultFrame(id, JSON.stringify(result)))
    this.#settings.router.described(this)
  }

  #discover(id: RequestId): void {
    const result = {
      resultType: "complete",
      supportedVersions,
      capabilities: { ...serverCapabilities, logging: {} },
      ...this.#instructions(),
      ttlMs: listTtlMillis,
      cacheScope: "private",
      _meta: { [metaKeys.serverInfo]: this.#settings.identity }
    }
    this.send(resultFrame(id, JSON.stringify(result)))
  }

  #instructions(): { readonly instructions?: string } {
    const instructions = this.#settings.router.instructions()
    return instructions === "" ? {} : { instructions }
  }

  #listen(id: RequestId, request: Request): void {
    const uris = this.#listening.open(id, request.params)
    if (uris === undefined) return this.send(errorFrame(id, refusalCodes.overloaded, "too many open subscriptions"))
    for (const uri of uris) this.#settings.router.watch(this, uri, request)
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
      for (const uri of this.#listening.close(id)) this.#settings.router.unwatch(this, uri)
      return
    }
    const reason = typeof why === "string" ? why : "the client cancelled the request"
    // With questions open the request is repeated once more, to tell the backend; its client hears no more of it.
    this.#rounds.set(id, Infinity)
    this.#questions.abandon(id, reason)
    this.#running.get(id)?.cancel()
    this.#rounds.delete(id)
  }

  #setLogLevel(params: JsonObject): void {
    this.#logLevel = logLevels.find((known) => known === params["level"]) ?? this.#logLevel
  }

  /** The backend wants input: ask the client in its own era, then repeat the request with the answers. */
  #askClient(call: RunningCall, result: JsonObject): void {
    const rounds = (this.#rounds.get(call.id) ?? 0) + 1
    if (rounds > roundLimit) {
      this.#rounds.delete(call.id)
      return this.send(errorFrame(call.id, refusalCodes.inputUnsupported, `the backend asked more than ${roundLimit} times`))
    }
    this.#rounds.set(call.id, rounds)
    const { request } = call
    const { load } = this.#settings.router
    // While its client is asked it still counts as running.
    load.running++
    const callOff = this.#settings.inputTimer(() => this.#questions.abandon(call.id, "nobody answered in time"))
    this.#questions.ask(call.id, result, request.capabilities, (inputResponses, requestState) => {
      callOff()
      load.running--
      if (this.#closed) return
      const { inputResponses: _answers, requestState: _state, ...original } = request.params
      const repeat = {
        ...original,
        ...(inputResponses === undefined ? undefined : { inputResponses }),
        ...(requestState === undefined ? undefined : { requestState })
      }
      this.#call(call.id, { ...request, params: repeat })
      this.#settings.router.flush()
    })
  }
}

/** What every client is told the gateway can do; whether a backend can is found out by asking it. */
const serverCapabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {}
} as const

/** Methods that MCP 2026-07-28 took away; a request that names that version must not use them. */
const statefulOnly = new Set(["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"])

const gatewayBusy = (limit: number): Outcome => {
  const message = `the gateway has ${limit} calls running (max_calls); try again shortly`
  const refusal: Refusal = { code: refusalCodes.overloaded, message, retryAfterMs: 1_000 }
  return { _tag: "NotSent", refusal }
}
