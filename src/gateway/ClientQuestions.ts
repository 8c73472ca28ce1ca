import { refusedInputKey } from "../domain/Call.ts"
import type { InputAnswer, InputRefusal, LooseQuestion } from "../domain/Call.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import type { RequestId } from "../domain/Request.ts"
import { capabilityFor } from "../protocol/Capabilities.ts"
import type { IncomingReply } from "../protocol/Envelope.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { notificationFrame, requestFrame } from "../protocol/Splice.ts"

/** How often one request may be sent back with questions before it is ended: a backend must not ask for ever. */
export const roundLimit = 16

/** Questions of one round, and questions outside any request, that are put to a client; the rest is refused for it. */
export const openQuestions = 64

/** A request of a stateful client whose backend wants input: the questions that are out, and the answers so far. */
interface Asking {
  /** The client's request that waits. */
  readonly id: RequestId
  readonly requestState: string | undefined
  /** `undefined`: the backend asked nothing and only wants its state back. */
  readonly responses: Map<string, Json> | undefined
  /** Ids of the questions that are out. */
  readonly open: Set<string>
  readonly done: (inputResponses: JsonObject | undefined, requestState: string | undefined) => void
}

/** A question that is out; `about`: the client's request for which it is asked, if for one. */
interface OpenQuestion {
  readonly about: RequestId | undefined
  readonly settle: (answer: InputAnswer) => void
}

/**
 * The questions to a stateful client, each a server request with an id of ours. Most bridge from `input_required`: when
 * all of a round are answered the original request is repeated inside.
 */
export class ClientQuestions {
  readonly #send: (frame: string, about: RequestId | undefined) => void
  readonly #open = new Map<string, OpenQuestion>()
  readonly #byRequest = new Map<RequestId, Asking>()
  #alone = 0
  #sequence = 0

  /** `send`: takes a frame, with the client's request that it is asked for. */
  constructor(send: (frame: string, about: RequestId | undefined) => void) {
    this.#send = send
  }

  /** Asks everything that the client declared it can answer; what it did not is refused in its name. */
  ask(id: RequestId, result: JsonObject, capabilities: JsonObject, done: Asking["done"]): void {
    const { requestState, requests } = roundIn(result)
    const asking: Asking = { id, requestState, responses: requests && new Map(), open: new Set(), done }
    this.#byRequest.set(id, asking)
    for (const [key, request] of Object.entries(requests ?? {})) this.#askOne(asking, key, request, capabilities)
    this.#finishIfAnswered(asking)
  }

  /** Asks something that belongs to no request of the client; its id, or `undefined` when too much is open already. */
  askAlone(method: string, params: JsonObject, done: (answer: InputAnswer) => void): string | undefined {
    if (this.#alone >= openQuestions) return undefined
    this.#alone++
    return this.#put(undefined, method, params, (answer) => {
      this.#alone--
      done(answer)
    })
  }

  /** A reply of the client; false when it answers no question of ours. */
  answered(reply: IncomingReply): boolean {
    const question = typeof reply.id === "string" ? this.#open.get(reply.id) : undefined
    if (question === undefined || typeof reply.id !== "string") return false
    this.#open.delete(reply.id)
    const { code, message } = reply.kind === "error" ? reply.value : { code: 0, message: "" }
    question.settle(reply.kind === "result" ? { result: reply.value } : { error: { code, message } })
    return true
  }

  /** Takes one question back: the client is told that it no longer matters, the backend gets a refusal. */
  withdraw(wireId: string, reason: string): void {
    const question = this.#open.get(wireId)
    if (question === undefined) return
    this.#open.delete(wireId)
    this.#send(notificationFrame("notifications/cancelled", { requestId: wireId, reason }), question.about)
    question.settle({ error: { code: jsonRpcCodes.internalError, message: reason } })
  }

  /** Takes back all questions of one request. */
  abandon(id: RequestId, reason: string): void {
    for (const wireId of [...(this.#byRequest.get(id)?.open ?? [])]) this.withdraw(wireId, reason)
  }

  /** Takes back every question. */
  close(reason: string): void {
    for (const wireId of [...this.#open.keys()]) this.withdraw(wireId, reason)
  }

  /** Requests of the client that wait for its answers. */
  get size(): number {
    return this.#byRequest.size
  }

  has(id: RequestId): boolean {
    return this.#byRequest.has(id)
  }

  #askOne(asking: Asking, key: string, request: Json | undefined, capabilities: JsonObject): void {
    const method = isJsonObject(request) ? request["method"] : undefined
    const capability = typeof method === "string" ? capabilityFor(method) : undefined
    const refuse = (message: string) => keep(asking, key, { error: { code: jsonRpcCodes.methodNotFound, message } })
    if (!isJsonObject(request) || typeof method !== "string" || capability === undefined) {
      return refuse("this question is none that a client can answer")
    }
    if (!isJsonObject(capabilities[capability])) {
      return refuse(`the client did not declare the capability "${capability}"`)
    }
    if (asking.open.size >= openQuestions) return refuse(`more than ${openQuestions} questions at once`)
    const params = isJsonObject(request["params"]) ? request["params"] : undefined
    const wireId = this.#put(asking.id, method, params, (answer) => {
      asking.open.delete(wireId)
      keep(asking, key, answer)
      this.#finishIfAnswered(asking)
    })
    asking.open.add(wireId)
  }

  #put(
    about: RequestId | undefined,
    method: string,
    params: JsonObject | undefined,
    settle: OpenQuestion["settle"]
  ): string {
    const wireId = `sg-ask:${++this.#sequence}`
    this.#open.set(wireId, { about, settle })
    this.#send(requestFrame(wireId, method, params), about)
    return wireId
  }

  #finishIfAnswered(asking: Asking): void {
    if (asking.open.size > 0 || this.#byRequest.get(asking.id) !== asking) return
    this.#byRequest.delete(asking.id)
    // By definition, not by assignment: a backend may call its question `__proto__`.
    asking.done(asking.responses && Object.fromEntries(asking.responses), asking.requestState)
  }
}

/** What goes back to a backend whose questions of one round nobody answers: its `inputResponses` and `requestState`. */
export const refusedRound = (result: JsonObject, message: string): [JsonObject | undefined, string | undefined] => {
  const { requestState, requests } = roundIn(result)
  const refusal = refused({ code: jsonRpcCodes.internalError, message })
  return [requests && Object.fromEntries(Object.keys(requests).map((key) => [key, refusal])), requestState]
}

/** What a backend wants in one round; without `requests` it only wants its state back. */
const roundIn = ({ inputRequests, requestState }: JsonObject) => ({
  requestState: typeof requestState === "string" ? requestState : undefined,
  requests: isJsonObject(inputRequests) ? inputRequests : undefined
})

/** Answers a question that no client can be asked. */
export const nobody = ({ answer, method }: LooseQuestion): void =>
  answer({ error: { code: jsonRpcCodes.methodNotFound, message: `no client is there that can be asked ${method}` } })

const keep = ({ responses }: Asking, key: string, answer: InputAnswer): void => {
  responses?.set(key, "error" in answer ? refused(answer.error) : answer.result)
}

const refused = ({ code, message }: InputRefusal): JsonObject => ({ [refusedInputKey]: { code, message } })
