import { refusedInputKey } from "../domain/Call.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import type { RequestId } from "../domain/Request.ts"
import { capabilityFor } from "../protocol/Capabilities.ts"
import type { IncomingReply, RpcError } from "../protocol/Envelope.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { notificationFrame, requestFrame } from "../protocol/Splice.ts"

/** How often one request may be sent back with questions before it is ended: a backend must not ask for ever. */
export const roundLimit = 16

/** Questions of one round that are put to the client; the rest is refused in its name. */
export const questionsPerRound = 64

/** A request of a stateful client whose backend wants input: the questions that are out, and the answers so far. */
export interface Asking {
  /** The client's request that waits. */
  readonly id: RequestId
  readonly params: JsonObject
  readonly requestState: string | undefined
  /** `undefined`: the backend asked nothing and only wants its state back. */
  readonly responses: Record<string, Json> | undefined
  readonly open: Map<string, string>
  readonly done: (inputResponses: JsonObject | undefined, requestState: string | undefined) => void
}

/**
 * The bridge from `input_required` to the requests that a stateful client knows: each input request goes to the
 * client as a server request with an id of ours; when all are answered the original request is repeated inside.
 */
export class ClientQuestions {
  readonly #send: (frame: string) => void
  readonly #byWireId = new Map<string, Asking>()
  readonly #byRequest = new Map<RequestId, Asking>()
  #sequence = 0

  constructor(send: (frame: string) => void) {
    this.#send = send
  }

  /** Asks everything that the client declared it can answer; what it did not is refused in its name. */
  ask(
    id: RequestId,
    params: JsonObject,
    result: JsonObject,
    capabilities: JsonObject,
    done: Asking["done"]
  ): void {
    const state = result["requestState"]
    const requestState = typeof state === "string" ? state : undefined
    const requests = isJsonObject(result["inputRequests"]) ? result["inputRequests"] : undefined
    const responses = requests === undefined ? undefined : {}
    const asking: Asking = { id, params, requestState, responses, open: new Map(), done }
    this.#byRequest.set(id, asking)
    for (const [key, request] of Object.entries(requests ?? {})) this.#askOne(asking, key, request, capabilities)
    this.#finishIfAnswered(asking)
  }

  /** A reply of the client; false when it answers no question of ours. */
  answered(reply: IncomingReply): boolean {
    const asking = typeof reply.id === "string" ? this.#byWireId.get(reply.id) : undefined
    if (asking === undefined || typeof reply.id !== "string") return false
    this.#byWireId.delete(reply.id)
    const key = asking.open.get(reply.id)
    asking.open.delete(reply.id)
    if (key !== undefined) answer(asking, key, reply.kind === "result" ? reply.value : refused(reply.value))
    this.#finishIfAnswered(asking)
    return true
  }

  /** Gives up on the questions of one request: the client is told they no longer matter, the backend gets a refusal. */
  abandon(id: RequestId, reason: string): boolean {
    const asking = this.#byRequest.get(id)
    if (asking === undefined) return false
    for (const [wireId, key] of asking.open) {
      this.#byWireId.delete(wireId)
      answer(asking, key, refused({ code: jsonRpcCodes.internalError, message: reason }))
      this.#send(notificationFrame("notifications/cancelled", { requestId: wireId, reason }))
    }
    asking.open.clear()
    this.#finishIfAnswered(asking)
    return true
  }

  get size(): number {
    return this.#byRequest.size
  }

  has(id: RequestId): boolean {
    return this.#byRequest.has(id)
  }

  #askOne(asking: Asking, key: string, request: Json | undefined, capabilities: JsonObject): void {
    const method = isJsonObject(request) ? request["method"] : undefined
    const capability = typeof method === "string" ? capabilityFor(method) : undefined
    const refuse = (message: string) => answer(asking, key, refused({ code: jsonRpcCodes.methodNotFound, message }))
    if (!isJsonObject(request) || typeof method !== "string" || capability === undefined) {
      return refuse("this question is none that a client can answer")
    }
    if (!isJsonObject(capabilities[capability])) {
      return refuse(`the client did not declare the capability "${capability}"`)
    }
    if (asking.open.size >= questionsPerRound) return refuse(`more than ${questionsPerRound} questions at once`)
    const wireId = `sg-ask:${++this.#sequence}`
    asking.open.set(wireId, key)
    this.#byWireId.set(wireId, asking)
    const params = isJsonObject(request["params"]) ? request["params"] : undefined
    this.#send(requestFrame(wireId, method, params))
  }

  #finishIfAnswered(asking: Asking): void {
    if (asking.open.size > 0 || this.#byRequest.get(asking.id) !== asking) return
    this.#byRequest.delete(asking.id)
    asking.done(asking.responses, asking.requestState)
  }
}

const answer = ({ responses }: Asking, key: string, response: Json): void => {
  if (responses !== undefined) responses[key] = response
}

const refused = ({ code, message }: Pick<RpcError, "code" | "message">): JsonObject => ({
  [refusedInputKey]: { code, message }
})
