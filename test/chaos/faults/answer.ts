/** What a caller gets for a call, in whatever form it comes. */
import { isRecord } from "../../bench/client.ts"

export type Answer =
  | { readonly _tag: "Result"; readonly text: string; readonly isError: boolean; readonly value: unknown }
  | {
      readonly _tag: "Error"
      readonly code: number
      readonly message: string
      /** `error.data.certainty`: only this gateway says it. */
      readonly certainty: string | undefined
    }
  /** An HTTP status without a JSON-RPC message. */
  | { readonly _tag: "Status"; readonly status: number; readonly body: string }
  /** The line to what was asked has ended. */
  | { readonly _tag: "Cut"; readonly why: string }
  /** What should stand between does not even run. */
  | { readonly _tag: "NotStarted"; readonly why: string }
  | { readonly _tag: "Nothing"; readonly withinMillis: number }

/** An answer, and when it came: milliseconds of `now`. */
export interface Arrived {
  readonly answer: Answer
  readonly at: number
}

/** Milliseconds since the epoch with fractions, the same clock in every process of the run. */
export const now = () => performance.timeOrigin + performance.now()

export const arrived = (answer: Answer): Arrived => ({ answer, at: now() })

const textIn = (result: unknown): string => {
  if (!isRecord(result) || !Array.isArray(result["content"])) return ""
  const content: ReadonlyArray<unknown> = result["content"]
  return content.map((part) => (isRecord(part) && typeof part["text"] === "string" ? part["text"] : "")).join(" ")
}

/** `undefined`: it is no reply. */
export const answerIn = (message: unknown): Answer | undefined => {
  if (!isRecord(message)) return undefined
  const { error, result } = message
  if (isRecord(error)) {
    const certainty = isRecord(error["data"]) ? error["data"]["certainty"] : undefined
    return {
      _tag: "Error",
      code: Number(error["code"]),
      message: String(error["message"]),
      certainty: typeof certainty === "string" ? certainty : undefined
    }
  }
  if (result === undefined) return undefined
  return {
    _tag: "Result",
    text: textIn(result),
    isError: isRecord(result) && result["isError"] === true,
    value: result
  }
}

export const succeeded = (answer: Answer): boolean => answer._tag === "Result" && !answer.isError

const longestKept = 1_000

/** What is worth keeping of it: some are megabytes long. */
export const kept = (answer: Answer): Answer =>
  answer._tag === "Result" ? { ...answer, text: answer.text.slice(0, longestKept), value: undefined } : answer

const shown = (text: string, longest: number): string => {
  const line = text.replaceAll(/\s+/g, " ").trim()
  return line.length > longest ? `${line.slice(0, longest)}...` : line
}

const longestMessage = 160

/** In a few words, the same for the same thing in every round. */
export const describe = (answer: Answer): string => {
  switch (answer._tag) {
    case "Result":
      return answer.isError ? `result with isError: ${shown(answer.text, longestMessage)}` : "the result"
    case "Error":
      return `error ${answer.code}: ${shown(answer.message, longestMessage)}`
    case "Status":
      return `HTTP ${answer.status}: ${shown(answer.body, longestMessage)}`
    case "Cut":
      return `no answer: ${shown(answer.why, longestMessage)}`
    case "NotStarted":
      return `it does not start: ${shown(answer.why, longestMessage)}`
    case "Nothing":
      return `nothing within ${answer.withinMillis / 1_000} s`
  }
}
