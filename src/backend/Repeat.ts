import type { AddressedCall, InputAnswer, InputRefusal } from "../domain/Call.ts"
import { refusedInputKey } from "../domain/Call.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Refusal } from "../domain/Outcome.ts"
import type { RequestId } from "../domain/Request.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { HeldCall } from "./HeldCalls.ts"
import type { Line } from "./Line.ts"

/** Sends the client's answer to the backend, as a reply to its request `id`. */
export type Answer = (id: RequestId, answer: InputAnswer) => void

/** A repeat of a call that is held at a stateful backend. */
export const returns = ({ params }: AddressedCall, { dialect }: Line): boolean =>
  dialect.era === "stateful" && ("requestState" in params || "inputResponses" in params)

/** Passes the client's answers on; questions without one stay open. */
export const deliverAnswers = (held: HeldCall, params: JsonObject, answer: Answer): void => {
  const responses = params["inputResponses"]
  if (!isJsonObject(responses)) return
  for (const [key, question] of held.questions) {
    const response = Object.hasOwn(responses, key) ? responses[key] : undefined
    if (response === undefined) continue
    held.questions.delete(key)
    const error = refusalOf(response)
    answer(question.id, error === undefined ? { result: response } : { error })
  }
}

/** A stateless backend gets a repeat as it is, unless the client refused to answer, which that era can't express. */
export const refusedToAnswer = ({ params }: AddressedCall, { dialect }: Line, backend: string): Refusal | undefined => {
  const why = dialect.era === "stateless" && "inputResponses" in params ? refusedInput(params) : undefined
  if (why === undefined) return undefined
  const message = `the client did not answer what backend "${backend}" asked: ${why}`
  return { code: refusalCodes.inputUnsupported, message, backend }
}

const refusedInput = (params: JsonObject): string | undefined => {
  const responses = params["inputResponses"]
  if (!isJsonObject(responses)) return undefined
  return Object.values(responses)
    .map(refusalOf)
    .find((refusal) => refusal !== undefined)?.message
}

/** The refusal in one of the `inputResponses`, if it is one. */
const refusalOf = (response: Json | undefined): InputRefusal | undefined => {
  const refusal = isJsonObject(response) ? response[refusedInputKey] : undefined
  if (!isJsonObject(refusal)) return undefined
  const { code, message } = refusal
  return {
    code: typeof code === "number" && Number.isSafeInteger(code) ? code : jsonRpcCodes.internalError,
    message: typeof message === "string" ? message : "the client did not answer"
  }
}
