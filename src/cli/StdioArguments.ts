import { isLogLevelWord, type LogLevelWord } from "../config/LogLevelWord.ts"

/** What `sentinel stdio` can be told on its command line. */
export interface StdioOptions {
  readonly config: string | undefined
  readonly logLevel: LogLevelWord | undefined
}

/**
 * Reads the command line of a plain `sentinel stdio`; undefined for anything else, also for a mistake in it, which the
 * whole parser then explains (docs/adr/0001-cli-start.md). This file is part of the first chunk that is loaded and
 * imports nothing that runs.
 */
export const readStdioArguments = (args: ReadonlyArray<string>): StdioOptions | undefined => {
  let command: string | undefined
  let config: string | undefined
  let logLevel: LogLevelWord | undefined
  let json = false
  const words = args.flatMap(splitAssignment)
  for (let at = 0; at < words.length; at++) {
    const word = words[at]
    const value = words[at + 1]
    if (word === "stdio" && command === undefined) command = word
    // Its output is JSON anyway.
    else if (word === "--json" && !json) json = true
    else if (word === "--config" && config === undefined && isValue(value)) config = words[++at]
    else if (word === "--log-level" && logLevel === undefined && isValue(value) && isLogLevelWord(value)) {
      logLevel = value
      at++
    } else return undefined
  }
  return command === undefined ? undefined : { config, logLevel }
}

/** `--name=value` as two words, for the options that take one. */
const splitAssignment = (arg: string): ReadonlyArray<string> => {
  const name = ["--config", "--log-level"].find((option) => arg.startsWith(`${option}=`))
  return name === undefined ? [arg] : [name, arg.slice(name.length + 1)]
}

const isValue = (word: string | undefined): word is string => word !== undefined && !word.startsWith("-")
