import type { Outcome, Refusal } from "../domain/Outcome.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Principal } from "../domain/Principal.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import { Cells } from "../machine/Cells.ts"
import type { ClientQuestions } from "./ClientQuestions.ts"
import { InputRounds } from "./InputRounds.ts"
import type { Share } from "./Load.ts"
import type { OutLine } from "./OutLine.ts"
import { replyFrame } from "./Reply.ts"
import type { RouterPort } from "./RouterPort.ts"
import { RunningCall } from "./RunningCall.ts"
import type { CallOwner } from "./RunningCall.ts"
import type { SessionLog } from "./SessionLog.ts"
import type { SessionSettings } from "./SessionSettings.ts"

/** What the calls need of the session. */
export interface CallSurroundings {
  readonly router: RouterPort
  readonly principal: Principal
  readonly inputTimer: SessionSettings["inputTimer"]
  readonly questions: ClientQuestions
  readonly log: SessionLog
  readonly line: OutLine
}

/**
 * The calls of one client that run: puts them to the router within its share of `max_calls`, and turns outcomes into
 * frames.
 */
export class SessionCalls implements CallOwner {
  readonly #router: RouterPort
  readonly #log: SessionLog
  readonly #line: OutLine
  readonly #share: Share
  readonly #running = new Cells<RequestId, RunningCall>()
  readonly #rounds: InputRounds

  constructor({ inputTimer, line, log, principal, questions, router }: CallSurroundings) {
    this.#router = router
    this.#log = log
    this.#line = line
    this.#share = router.load.open(principal)
    const repeat = (id: RequestId, request: Request) => this.#repeat(id, request)
    this.#rounds = new InputRounds({ questions, share: this.#share, inputTimer, line, repeat })
  }

  get size(): number {
    return this.#running.size
  }

  has(id: RequestId): boolean {
    return this.#running.has(id)
  }

  run(id: RequestId, request: Request): void {
    this.#run(id, request, this.#share.begin())
  }

  #run(id: RequestId, request: Request, hasRoom: boolean): void {
    const call = new RunningCall(this, id, request)
    this.#running.set(id, call)
    if (!hasRoom || !this.#router.dispatch(call)) call.settle(gatewayBusy(this.#router.load.limit))
  }

  /** The client does not want a call any more. */
  cancel(id: RequestId, reason: string): void {
    this.#rounds.cancel(id, reason, this.#running)
  }

  /** The client is gone: what runs is cancelled. */
  close(): void {
    // First all, for the end of one makes room for another that waits.
    for (const call of this.#running.values()) call.giveUp()
    for (const call of this.#running.values()) call.cancel()
    this.#share.close()
  }

  sendMinor({ id }: RunningCall, frame: string): void {
    this.#line.sendMinor(frame, id)
  }

  wantsLog(request: Request, level: number): boolean {
    return this.#log.wantsFor(request, level)
  }

  settled(call: RunningCall, outcome: Outcome): void {
    if (this.#running.get(call.id) === call) this.#running.delete(call.id)
    this.#share.end()
    if (this.#line.closed) return
    if (call.request.era === "stateful" && outcome._tag === "Completed" && outcome.asks) {
      return this.#rounds.ask(call, outcome.result)
    }
    const frame = this.#rounds.ended(call.id) ? undefined : replyFrame(call.id, call.request, outcome)
    if (frame === undefined) this.#line.unanswered(call.id)
    else this.#line.reply(call.id, frame)
  }

  /** The client has answered what the backend asked. */
  #repeat(id: RequestId, request: Request): void {
    if (this.#line.closed) return
    // It has kept its place while its client was asked.
    this.#share.begin()
    this.#run(id, request, true)
    this.#router.flush()
  }
}

/** The end of a call that the gateway has no room for. */
export const gatewayBusy = (limit: number): Outcome => {
  const message = `the gateway has no room for one more call of this client: ${limit} may run (max_calls); try again shortly`
  const refusal: Refusal = { code: refusalCodes.overloaded, message, retryAfterMs: 1_000 }
  return { _tag: "NotSent", refusal }
}
