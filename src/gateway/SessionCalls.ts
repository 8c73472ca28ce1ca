import type { Outcome, Refusal } from "../domain/Outcome.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import { Cells } from "../machine/Cells.ts"
import type { ClientQuestions } from "./ClientQuestions.ts"
import { InputRounds } from "./InputRounds.ts"
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
  readonly inputTimer: SessionSettings["inputTimer"]
  readonly questions: ClientQuestions
  readonly log: SessionLog
  readonly line: OutLine
}

/** The calls of one client that run: puts them to the router within `max_calls`, and turns outcomes into frames. */
export class SessionCalls implements CallOwner {
  readonly #router: RouterPort
  readonly #log: SessionLog
  readonly #line: OutLine
  readonly #running = new Cells<RequestId, RunningCall>()
  readonly #rounds: InputRounds

  constructor({ inputTimer, line, log, questions, router }: CallSurroundings) {
    this.#router = router
    this.#log = log
    this.#line = line
    const repeat = (id: RequestId, request: Request) => this.#repeat(id, request)
    this.#rounds = new InputRounds({ questions, load: router.load, inputTimer, line, repeat })
  }

  get size(): number {
    return this.#running.size
  }

  has(id: RequestId): boolean {
    return this.#running.has(id)
  }

  run(id: RequestId, request: Request): void {
    const { load } = this.#router
    const call = new RunningCall(this, id, request)
    this.#running.set(id, call)
    load.running++
    if (load.running > load.limit || !this.#router.dispatch(call)) call.settle(gatewayBusy(load.limit))
  }

  /** The client does not want a call any more. */
  cancel(id: RequestId, reason: string): void {
    this.#rounds.cancel(id, reason, this.#running)
  }

  cancelAll(): void {
    for (const call of this.#running.values()) call.cancel()
  }

  sendMinor({ id }: RunningCall, frame: string): void {
    this.#line.sendMinor(frame, id)
  }

  wantsLog(request: Request, level: number): boolean {
    return this.#log.wantsFor(request, level)
  }

  settled(call: RunningCall, outcome: Outcome): void {
    if (this.#running.get(call.id) === call) this.#running.delete(call.id)
    this.#router.load.running--
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
    this.run(id, request)
    this.#router.flush()
  }
}

/** The end of a call that the gateway has no room for. */
export const gatewayBusy = (limit: number): Outcome => {
  const message = `the gateway has ${limit} calls running (max_calls); try again shortly`
  const refusal: Refusal = { code: refusalCodes.overloaded, message, retryAfterMs: 1_000 }
  return { _tag: "NotSent", refusal }
}
