import type * as LogLevel from "effect/LogLevel"

/** The words of `log_level` in the configuration and of `--log-level`, the most talkative first. */
export const logLevelWords = ["trace", "debug", "info", "warn", "error", "off"] as const
export type LogLevelWord = (typeof logLevelWords)[number]

export const isLogLevelWord = (word: string): word is LogLevelWord => logLevelWords.some((known) => known === word)

const levels: Readonly<Record<LogLevelWord, LogLevel.LogLevel>> = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  off: "None"
}

export const logLevelOf = (word: LogLevelWord): LogLevel.LogLevel => levels[word]
