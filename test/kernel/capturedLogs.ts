import * as Cause from "effect/Cause"
import * as Logger from "effect/Logger"

/** Keeps what is logged, one line each, with the cause behind it. */
export const capturedLogs = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ cause, logLevel, message }) => {
    const words = Array.isArray(message) ? message.join(" ") : String(message)
    lines.push(`${logLevel} ${words} ${cause.reasons.length === 0 ? "" : Cause.pretty(cause)}`.trimEnd())
  })
  return { lines, layer: Logger.layer([logger]) }
}
