import type { Outcome } from "../domain/Outcome.ts"
import type { Principal } from "../domain/Principal.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import { Cells } from "../machine/Cells.ts"
import { isProtocolError, readSelfDescription } from "../protocol/Downstream.ts"
import type { ProtocolError } from "../protocol/Downstream.ts"
import type { IncomingRequest } from "../protocol/Envelope.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { errorFrame, resultFrame } from "../protocol/Splice.ts"
import { loneSession } from "../domain/LoneCaller.ts"
import type { Share } from "./Load.ts"
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
  /** Of the principals that have posts running, and of the one whose share was opened last: the next post is mostly its own. */
  readonly #shares = new Cells<string, Share>()
  #latest: string | undefined

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
    const share = this.#shareOf(post.principal)
    const answering = new PostAnswering(post, () => this.#leave(post.principal, share))
    const call = new RunningCall(answering, id, request)
    answering.call = call
    const hasRoom = share.begin()
    if (!hasRoom || !this.#router.dispatch(call)) call.settle(gatewayBusy(this.#router.load.limit))
    return answering
  }

  #shareOf(principal: Principal): Share {
    const known = this.#shares.get(principal.id)
    if (known !== undefined) return known
    const before = this.#latest
    this.#latest = principal.id
    if (before !== undefined) this.#closeUnused(before)
    const share = this.#router.load.open(principal)
    this.#shares.set(principal.id, share)
    return share
  }

  #leave({ id }: Principal, share: Share): void {
    share.end()
    if (id !== this.#latest) this.#closeUnused(id)
  }

  #closeUnused(id: string): void {
    const share = this.#shares.get(id)
    if (share === undefined || share.running > 0) return
    this.#shares.delete(id)
    share.close()
  }
}

/** One post while it runs. */
class PostAnswering implements CallOwner, Answering {
  call: RunningCall | undefined
  readonly #post: LonePost
  readonly #leave: () => void
  #cancelled = false

  /** `leave`: it runs no more. */
  constructor(post: LonePost, leave: () => void) {
    this.#post = post
    this.#leave = leave
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
    this.#leave()
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
