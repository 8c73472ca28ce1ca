import type { Outcome } from "../domain/Outcome.ts"
import type { Principal } from "../domain/Principal.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import { isProtocolError, readSelfDescription } from "../protocol/Downstream.ts"
import type { ProtocolError } from "../protocol/Downstream.ts"
import type { IncomingRequest } from "../protocol/Envelope.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { errorFrame, resultFrame } from "../protocol/Splice.ts"
import { loneSession } from "../domain/LoneCaller.ts"
import { discoverResult } from "./Opening.ts"
import { isStatefulOnly, notOfThisRevision, readRequest } from "./ReadRequest.ts"
import { replyCode, replyFrame } from "./Reply.ts"
import type { RouterPort } from "./RouterPort.ts"
import { RunningCall } from "./RunningCall.ts"
import type { CallOwner } from "./RunningCall.ts"
import { gatewayBusy } from "./SessionCalls.ts"
import { requestWantsLog } from "./SessionLog.ts"

/** One request of the stateless era that stands alone, as over HTTP; not `subscriptions/listen`. */
export interface LonePost {
  readonly principal: Principal
  /** The one backend that it is for, under that backend's own names; `undefined`: the merged gateway. */
  readonly scope: string | undefined
  readonly request: IncomingRequest
  /** Takes a progress or log message, before the reply. */
  readonly note: (frame: string) => void
  /** Takes the reply, once, perhaps before `answer` has returned; `code`: of an error. Never after `cancel`. */
  readonly reply: (frame: string, code: number | undefined) => void
}

/** A post that is being answered. */
export interface Answering {
  /** Its client is gone. */
  readonly cancel: () => void
}

/**
 * Answers requests that stand alone: no session is opened for one, and the router hears of nothing but the call. Put in
 * with `answer`, they run at the next `flush`.
 */
export class LonePosts {
  readonly #router: RouterPort
  readonly #identity: Implementation

  constructor(router: RouterPort, identity: Implementation) {
    this.#router = router
    this.#identity = identity
  }

  answer(post: LonePost): Answering {
    const { id, method, params } = post.request
    const description = readSelfDescription(params)
    if (isProtocolError(description)) return refused(post, description)
    if (method === "server/discover") {
      const result = discoverResult(this.#identity, this.#router.introduction(post.scope))
      post.reply(resultFrame(id, JSON.stringify(result)), undefined)
      return nothingToCancel
    }
    if (isStatefulOnly(method)) return refused(post, notOfThisRevision(method))
    const { principal, scope } = post
    const sender = { id: loneSession(principal), principal, scope }
    const request = readRequest(sender, "stateless", description, description.logLevel, method, params)
    return this.#run(post, id, request)
  }

  #run(post: LonePost, id: RequestId, request: Request): Answering {
    const { load } = this.#router
    const answering = new PostAnswering(post, this.#router)
    const call = new RunningCall(answering, id, request)
    answering.call = call
    load.running++
    if (load.running > load.limit || !this.#router.dispatch(call)) call.settle(gatewayBusy(load.limit))
    return answering
  }
}

/** One post while it runs. */
class PostAnswering implements CallOwner, Answering {
  call: RunningCall | undefined
  readonly #post: LonePost
  readonly #router: RouterPort
  #cancelled = false

  constructor(post: LonePost, router: RouterPort) {
    this.#post = post
    this.#router = router
  }

  /** Whoever works on it is told on the caller's turn. */
  cancel(): void {
    this.#cancelled = true
    this.call?.cancel()
  }

  sendMinor(_call: RunningCall, frame: string): void {
    if (!this.#cancelled) this.#post.note(frame)
  }

  wantsLog(request: Request, level: number): boolean {
    return !this.#cancelled && requestWantsLog(request, level)
  }

  settled({ id, request }: RunningCall, outcome: Outcome): void {
    this.#router.load.running--
    if (this.#cancelled) return
    const frame = replyFrame(id, request, outcome)
    if (frame !== undefined) this.#post.reply(frame, replyCode(request, outcome))
  }
}

const refused = (post: LonePost, { code, data, message }: ProtocolError): Answering => {
  post.reply(errorFrame(post.request.id, code, message, data), code)
  return nothingToCancel
}

const nothingToCancel: Answering = { cancel: () => undefined }
