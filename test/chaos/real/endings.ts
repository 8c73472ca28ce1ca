/** How a call has ended for its caller. */
import { isJsonObject, type JsonObject } from "../../../src/domain/Json.ts"
import { ownSource, type Certainty } from "../../../src/domain/Outcome.ts"
import { numberIn, objectIn, textIn } from "../../fixtures/envelope.ts"

export interface Ending {
  readonly certainty: Certainty | "none given"
  /** Of the error; undefined for a result. */
  readonly code: number | undefined
  readonly message: string
  /** NaN where there is none. */
  readonly retryAfterMs: number
  readonly reply: JsonObject
}

const certainties: ReadonlyArray<Certainty> = ["completed", "failed", "not_sent", "unknown"]

/** A reply as the caller understands it: an error of the gateway says what is known, any other is the backend's. */
export const endingOf = (reply: JsonObject): Ending => {
  if (isJsonObject(reply["result"])) {
    return { certainty: "completed", code: undefined, message: "", retryAfterMs: Number.NaN, reply }
  }
  const error = objectIn(reply, "error")
  const data = objectIn(error, "data")
  const certainty = certainties.find((known) => known === data["certainty"])
  return {
    certainty: data["source"] === ownSource ? (certainty ?? "none given") : "failed",
    code: numberIn(error, "code", 0),
    message: textIn(error, "message", ""),
    retryAfterMs: numberIn(data, "retryAfterMs", Number.NaN),
    reply
  }
}

/** Whether the backend has answered, and not that it went wrong. */
export const isUnharmed = ({ certainty, reply }: Ending): boolean =>
  certainty === "completed" && objectIn(reply, "result")["isError"] !== true

/** Whether the backend has answered with this text in its result. */
export const hasText = ({ certainty, reply }: Ending, text: string): boolean =>
  certainty === "completed" && JSON.stringify(reply).includes(text)
