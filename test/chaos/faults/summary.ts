/** What the rounds of a cell come to, in words. */
import { describe, type Answer } from "./answer.ts"
import type { Cell } from "./cell.ts"
import type { Fault } from "./faults.ts"
import { bounds } from "./bounds.ts"
import type { Round } from "./round.ts"
import { spreadOf, spreadText, timeText } from "./spread.ts"

const distinct = <A>(values: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(values)]

/** Answers of one kind differ in paths and times alone. */
const kindOf = (answer: Answer): string => {
  if (answer._tag === "Error") return `error ${answer.code}`
  return answer._tag === "Result" && answer.isError ? "isError" : answer._tag
}

/** Without what is of this run alone: folders and ports. */
const withoutPlace = (text: string) =>
  text.replaceAll(/\/tmp\/sentinel-bench-[^\s"]*\//g, ".../").replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:port")

/** One of each kind, the first, at length. */
export const answersOf = ({ rounds }: Cell): string => {
  const kinds = new Map(rounds.toReversed().map(({ answer }) => [kindOf(answer), describe(answer)]))
  return withoutPlace([...kinds.values()].toReversed().join("; or ")) || "not measured"
}

const briefly = (answer: Answer): string => {
  switch (answer._tag) {
    case "Result":
      return answer.isError ? "result with isError" : "the result"
    case "Error":
      return `error ${answer.code}`
    case "Status":
      return `HTTP ${answer.status}`
    case "Cut":
      return "the line ends"
    case "NotStarted":
      return "does not start"
    case "Nothing":
      return `nothing within ${answer.withinMillis / 1_000} s`
  }
}

/** `-`: a result, which needs none. */
export const certaintyOf = ({ rounds }: Cell): string =>
  distinct(rounds.map(({ answer }) => (answer._tag === "Error" ? (answer.certainty ?? "not said") : "-"))).join(", ")

const never = `never (${bounds.recoveryMillis / 1_000} s)`

export const answeredOf = ({ rounds }: Cell, { listChange }: Fault): string =>
  spreadText(spreadOf(rounds.map(({ answerMillis }) => answerMillis)), listChange === true ? "not told" : "never")

const restOf = (rounds: ReadonlyArray<Round>): string =>
  (rounds.some(({ newSession }) => newSession) ? ", in a new session" : "") +
  (rounds.some(({ oldAlive }) => oldAlive) ? ", beside the old process" : "")

export const recoveredOf = ({ rounds }: Cell): string => {
  if (rounds.every(({ meanwhile }) => meanwhile)) return "others served meanwhile"
  return spreadText(spreadOf(rounds.map(({ recoveryMillis }) => recoveryMillis)), never) + restOf(rounds)
}

/** All of a cell in one, for a table with many columns. */
export const inShort = (cell: Cell | undefined, fault: Fault): string => {
  if (cell === undefined) return ""
  const { rounds } = cell
  if (rounds.length === 0) return "not measured"
  const kinds = new Map(rounds.toReversed().map(({ answer }) => [kindOf(answer), briefly(answer)]))
  const { median } = spreadOf(rounds.map(({ answerMillis }) => answerMillis))
  const after = Number.isNaN(median) ? "" : `, ${timeText(median)}`
  if (fault.listChange === true) {
    return `${after === "" ? "not told" : `told${after}`}; listed: ${spreadText(middle(rounds), "never")}`
  }
  if (rounds.every(({ answer }) => answer._tag === "NotStarted")) return "does not start"
  const answer = [...kinds.values()].toReversed().join(" or ") + after
  if (rounds.every(({ meanwhile }) => meanwhile)) return `${answer}; others served`
  return `${answer}; again: ${spreadText(middle(rounds), "never")}${restOf(rounds)}`
}

/** Medians alone. */
const middle = (rounds: ReadonlyArray<Round>) => {
  const spread = spreadOf(rounds.map(({ recoveryMillis }) => recoveryMillis))
  return { ...spread, max: spread.median, of: spread.missing === 0 ? 1 : spread.of }
}
