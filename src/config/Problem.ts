import * as Schema from "effect/Schema"
import { type KeyPath, renderPath } from "./KeyPath.ts"
import type { Position } from "./TomlPositions.ts"

/** One thing wrong with a configuration, in words that say what to do about it. Never contains a secret. */
export const Problem = Schema.Struct({
  /** An error refuses to start; a warning is logged. */
  severity: Schema.Literals(["error", "warning"]),
  file: Schema.String,
  /** From 1; absent when the problem is the file as a whole. */
  line: Schema.optionalKey(Schema.Number),
  /** From 1, in UTF-16 units, as editors count. */
  column: Schema.optionalKey(Schema.Number),
  /** The key's path, `backends[1].timeout_secs`; empty when the problem is the file as a whole. */
  key: Schema.String,
  found: Schema.String,
  allowed: Schema.String,
  advice: Schema.String,
  /** All of it but the place, as one sentence for a log line. */
  message: Schema.String
})
export type Problem = typeof Problem.Type

/** What a rule knows of a problem; `locate` adds the place and the sentence. */
export interface Complaint {
  readonly path: KeyPath
  readonly found: string
  readonly allowed: string
  readonly advice: string
  readonly severity?: "error" | "warning"
  /** In place of the sentence made of the three parts. */
  readonly message?: string
}

/** A complaint with its place in a file. */
export const locate = (file: string, position: Position | undefined, complaint: Complaint): Problem => {
  const key = renderPath(complaint.path)
  const subject = key === "" ? "" : `${key}: `
  return {
    severity: complaint.severity ?? "error",
    file,
    ...position,
    key,
    found: complaint.found,
    allowed: complaint.allowed,
    advice: complaint.advice,
    message:
      complaint.message ?? `${subject}found ${complaint.found}; allowed: ${complaint.allowed}; ${complaint.advice}`
  }
}

/** One problem as a block of lines, made for a terminal. */
export const render = (problem: Problem): string => {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":")
  return [
    `${problem.severity}: ${place}${problem.key === "" ? "" : `  ${problem.key}`}`,
    `  found    ${problem.found}`,
    `  allowed  ${problem.allowed}`,
    `  do       ${problem.advice}`
  ].join("\n")
}

/** All problems, a block each, and a last line that counts them. */
export const renderAll = (problems: ReadonlyArray<Problem>): string => {
  const errors = problems.filter((problem) => problem.severity === "error").length
  const warnings = problems.length - errors
  const count = [
    ...(errors > 0 ? [`${errors} ${errors === 1 ? "error" : "errors"}`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`] : [])
  ].join(" and ")
  return [...problems.map(render), ...(count === "" ? [] : [`${count} in the configuration`])].join("\n\n")
}

/** The configuration can't be used. Carries every problem of the file, warnings too, in the order of the lines. */
export class InvalidConfiguration extends Schema.TaggedError<InvalidConfiguration>()("InvalidConfiguration", {
  problems: Schema.Array(Problem),
  /** Where a gateway that was started on an earlier version of the file keeps its state, if that can be told. */
  stateDirectory: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    return renderAll(this.problems)
  }
}
