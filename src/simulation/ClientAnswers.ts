import type { JsonObject } from "../domain/Json.ts"
import { chanceOf } from "./Chance.ts"
import { objectIn, textIn } from "./Message.ts"
import type { ClientPlan } from "./Scenario.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** How long a person takes to answer, milliseconds. */
const promptMillis = 20

/** A client that answers late takes up to so much of the time that it has; more than all of it is too late. */
const lateShare = 1.3

/** What a simulated client does when it is asked something. */
export class ClientAnswers {
  readonly #plan: ClientPlan
  readonly #time: VirtualTime
  /** What it has, milliseconds. */
  readonly #patience: number
  #isHealed = false

  constructor(plan: ClientPlan, time: VirtualTime, patience: number) {
    this.#plan = plan
    this.#time = time
    this.#patience = patience
  }

  /** From now on it answers everything at once. */
  heal(): void {
    this.#isHealed = true
  }

  /** Calls `give` with the answer when its time has come; never, if it never answers. Returns what calls that off. */
  answer(question: JsonObject, give: (result: JsonObject) => void): (() => void) | undefined {
    const text = textIn(question, "message")
    const { asked, name } = this.#plan
    if (this.#isHealed) return this.#time.after(1, () => give(accepted(text)))
    switch (asked) {
      case "answers":
        return this.#time.after(promptMillis, () => give(accepted(text)))
      case "late": {
        const millis = this.#patience * lateShare * chanceOf(`${name} answers ${text}`)
        return this.#time.after(millis, () => give(accepted(text)))
      }
      case "declines":
        return this.#time.after(promptMillis, () => give({ action: "decline" }))
      default:
        return undefined
    }
  }
}

const accepted = (question: string): JsonObject => ({ action: "accept", content: { answer: `answer to ${question}` } })

/** The one question in a result that asks something, and its key; `undefined`: it does not. */
export const questionIn = (
  result: JsonObject
): { readonly key: string; readonly params: JsonObject; readonly requestState: string } | undefined => {
  if (result["resultType"] !== "input_required") return undefined
  const requests = objectIn(result, "inputRequests")
  const [key = ""] = Object.keys(requests)
  return { key, params: objectIn(objectIn(requests, key), "params"), requestState: textIn(result, "requestState") }
}
