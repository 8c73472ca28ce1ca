import type { JsonObject } from "../domain/Json.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import type { Cells } from "../machine/Cells.ts"
import { errorFrame } from "../protocol/Splice.ts"
import { refusedRound, roundLimit } from "./ClientQuestions.ts"
import type { ClientQuestions } from "./ClientQuestions.ts"
import type { OutLine } from "./OutLine.ts"
import type { Share } from "./Load.ts"
import type { RunningCall } from "./RunningCall.ts"
import type { SessionSettings } from "./SessionSettings.ts"

/** What the rounds need of the session. */
export interface RoundSurroundings {
  readonly questions: ClientQuestions
  readonly share: Share
  readonly inputTimer: SessionSettings["inputTimer"]
  readonly line: OutLine
  /** Runs a request once more, under the same id, with the answers in it. */
  readonly repeat: (id: RequestId, request: Request) => void
}

/**
 * The requests of a stateful client whose backend wants input: it is asked in its own era, then the request is repeated
 * with the answers, and so on, up to a bound.
 */
export class InputRounds {
  readonly #around: RoundSurroundings
  /** How often each request was sent back with questions. */
  readonly #rounds = new Map<RequestId, number>()
  /** Requests that their clients cancel just now, and why: no reply to them is due, and no question is put. */
  readonly #cancelled = new Map<RequestId, string>()

  constructor(around: RoundSurroundings) {
    this.#around = around
  }

  /** Asks the client what the result of this call wants to know. */
  ask({ id, request }: RunningCall, result: JsonObject): void {
    const { inputTimer, line, questions, repeat, share } = this.#around
    const rounds = (this.#rounds.get(id) ?? 0) + 1
    const reason = this.#cancelled.get(id)
    // A backend may have asked more meanwhile: it is told of each question that nobody answers it, the last one too.
    if (reason !== undefined && rounds <= roundLimit + 1) {
      this.#rounds.set(id, rounds)
      return repeat(id, answered(request, ...refusedRound(result, reason)))
    }
    if (rounds > roundLimit) {
      this.#rounds.delete(id)
      if (reason !== undefined) return line.unanswered(id)
      const message = `the backend asked more than ${roundLimit} times`
      return line.reply(id, errorFrame(id, refusalCodes.inputUnsupported, message))
    }
    this.#rounds.set(id, rounds)
    // While its client is asked it still counts as running.
    share.begin()
    const callOff = inputTimer(() => questions.abandon(id, "nobody answered in time"))
    questions.ask(id, result, request.capabilities, (inputResponses, requestState) => {
      callOff()
      share.end()
      repeat(id, answered(request, inputResponses, requestState))
    })
  }

  /** A request has ended; whether because its client has cancelled it, so that no reply is due. */
  ended(id: RequestId): boolean {
    if (this.#rounds.size > 0) this.#rounds.delete(id)
    return this.#cancelled.size > 0 && this.#cancelled.has(id)
  }

  /**
   * The client cancels a request. With questions open it is repeated, to tell the backend; the client hears no more of
   * it.
   */
  cancel(id: RequestId, reason: string, running: Pick<Cells<RequestId, RunningCall>, "get">): void {
    this.#cancelled.set(id, reason)
    this.#around.questions.abandon(id, reason)
    running.get(id)?.cancel()
    this.#rounds.delete(id)
    this.#cancelled.delete(id)
  }
}

/** A request as its client would repeat it, with answers to what was asked for it the last time. */
const answered = (
  request: Request,
  inputResponses: JsonObject | undefined,
  requestState: string | undefined
): Request => {
  const { inputResponses: _answers, requestState: _state, ...original } = request.params
  const params = {
    ...original,
    ...(inputResponses === undefined ? undefined : { inputResponses }),
    ...(requestState === undefined ? undefined : { requestState })
  }
  return { ...request, params }
}
