import type { Outcome, Refusal } from "../domain/Outcome.ts"
import type { CallResult } from "../machine/Circuit.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { BackendReply } from "./Connection.ts"
import type { Entry } from "./Entry.ts"
import * as Refusals from "./Refusals.ts"
import type { RequestFailure } from "./Transport.ts"

/**
 * The end of a call that the backend answered. `input_required` is a word of the stateless era: in a stateful backend's
 * result it is a member like any other, and the tool has done its work.
 */
export const answered = ({ line }: Entry, reply: BackendReply): Outcome => {
  if (reply._tag === "Error") return { _tag: "Failed", code: reply.code, errorText: reply.errorText }
  const { result, resultText } = reply
  const asks = line?.dialect.era === "stateless" && result["resultType"] === "input_required"
  return { _tag: "Completed", result, resultText, asks }
}

/** What a reply says about the backend's health: only an internal error speaks against it. */
export const verdict = (reply: BackendReply): CallResult => {
  if (reply._tag === "Result") return "success"
  return reply.code === jsonRpcCodes.internalError ? "failure" : "ignored"
}

/** What the failure of one request says of the backend's health. Nothing, when all it forgot is the session. */
export const failureOf = ({ notSent }: Entry, { authentication, sent }: RequestFailure): CallResult =>
  authentication === true || (!sent && notSent <= 1) ? "ignored" : "failure"

/** The end of a call that the backend did not answer, with what is known about it. */
export const unanswered = ({ written }: Entry, refusal: Refusal): Outcome =>
  written ? Refusals.unknown(refusal) : Refusals.notSent(refusal)
