import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import type { HelpDoc } from "effect/cli/HelpDoc"
import * as Effect from "effect/Effect"
import { nearest } from "../config/Nearest.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { exitCodeMeanings, exitCodes } from "./ExitCode.ts"
import { note, print, printFailure } from "./Print.ts"
import { printable } from "./Words.ts"

const formatter = CliOutput.defaultFormatter({ colors: false })

/**
 * How help, versions and mistakes are shown. Only what was asked for goes to stdout: a client that starts the gateway
 * with a wrong command line reads MCP there, and must find nothing. With `json` a mistake is a failure there as well.
 */
export const presenterOf = (json: boolean): CliOutput.Presenter => ({
  present: (event) => {
    switch (event._tag) {
      case "Help":
        if (event.reason === "Requested") return print(help(event.helpDoc))
        return Effect.andThen(note(help(event.helpDoc)), json ? printMistakes(["no command is given"]) : Effect.void)
      case "Version":
        return print(`${event.name} ${event.version}`)
      case "InvalidInvocation": {
        const complaints = event.errors.map((error) => complaint(error, event.helpDoc))
        return Effect.forEach(complaints, (text) => note(`sentinel: ${text}`)).pipe(
          Effect.andThen(note(hint(event.commandPath))),
          Effect.andThen(json ? printMistakes(complaints) : Effect.void)
        )
      }
    }
  }
})

/**
 * Whether a command line that can't be understood asks for JSON. Not of `stdio`: there the client reads MCP. What follows
 * `--` is no option.
 */
export const wantsJson = (args: ReadonlyArray<string>): boolean => {
  const end = args.indexOf("--")
  const options = end === -1 ? args : args.slice(0, end)
  return !args.includes("stdio") && options.some((arg) => jsonOption.test(arg))
}

const jsonOption = /^--json(=(true|yes|on|1|y))?$/

const printMistakes = (complaints: ReadonlyArray<string>): Effect.Effect<void> =>
  printFailure(new CommandFailure({ exitCode: exitCodes.usage, message: complaints.join("\n") }))

const hint = ([, command]: ReadonlyArray<string>): string =>
  `Run \`sentinel help${command === undefined ? "" : ` ${command}`}\` for what there is.`

const help = (doc: HelpDoc): string => {
  // The formatter forgets the empty line between the commands and the examples.
  const text = formatter.formatHelpDoc(doc).replace(/(?<!\n)\nEXAMPLES$/m, "\n\nEXAMPLES")
  return (doc.commandPath?.length ?? 1) > 1 ? text : `${text}\n\n${exitCodeHelp}`
}

const exitCodeHelp = [
  "EXIT CODES",
  ...exitCodeMeanings.map(([code, meaning]) => `  ${`${code}`.padEnd(4)}${meaning}`)
].join("\n")

const complaint = (error: CliError.NonShowHelpErrors, doc: HelpDoc): string => {
  switch (error._tag) {
    case "UnknownSubcommand":
      return `there is no command ${quoted(error.subcommand)}${guess(error.subcommand, commandNames(doc), error)}`
    case "UnrecognizedOption":
      return `there is no option ${quoted(error.option)}${guess(error.option, optionNames(doc), error)}`
    case "UnexpectedArgument":
      return `too many arguments: ${error.arguments.map(quoted).join(", ")}`
    case "InvalidValue": {
      const [, times] = error.expected === onlyOnce ? (/^(\d+) occurrences$/.exec(error.value) ?? []) : []
      return times === undefined
        ? printable(error.message)
        : `--${error.option} is given ${times} times; once is allowed`
    }
    default:
      return printable(error.message)
  }
}

/** What the parser expects of an option that is given several times. */
const onlyOnce = "at most 1 value"

const quoted = (word: string): string => printable(JSON.stringify(word))

/** The parser's own suggestions know short words better, but no global options. */
const guess = (written: string, known: ReadonlyArray<string>, { suggestions }: Suggesting): string => {
  const name = nearest(written, known) ?? suggestions[0]
  return name === undefined ? "" : `; did you mean ${name}?`
}

interface Suggesting {
  readonly suggestions: ReadonlyArray<string>
}

const commandNames = ({ subcommands = [] }: HelpDoc): ReadonlyArray<string> =>
  subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))

const optionNames = ({ flags, globalFlags = [] }: HelpDoc): ReadonlyArray<string> =>
  [...flags, ...globalFlags].map(({ name }) => `--${name}`)
