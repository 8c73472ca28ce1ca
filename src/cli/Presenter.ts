import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import type { HelpDoc } from "effect/cli/HelpDoc"
import * as Effect from "effect/Effect"
import { nearest } from "../config/Nearest.ts"
import { exitCodeMeanings } from "./ExitCode.ts"
import { note, print } from "./Print.ts"
import { printable } from "./Words.ts"

const formatter = CliOutput.defaultFormatter({ colors: false })

/**
 * How help, versions and mistakes are shown. Only what was asked for goes to stdout: a client that starts the gateway
 * with a wrong command line reads MCP there, and must find nothing.
 */
export const presenter: CliOutput.Presenter = {
  present: (event) => {
    switch (event._tag) {
      case "Help":
        return event.reason === "Requested" ? print(help(event.helpDoc)) : note(help(event.helpDoc))
      case "Version":
        return print(`${event.name} ${event.version}`)
      case "InvalidInvocation":
        return Effect.forEach(event.errors, (error) => note(`sentinel: ${complaint(error, event.helpDoc)}`)).pipe(
          Effect.andThen(note(hint(event.commandPath)))
        )
    }
  }
}

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
    default:
      return printable(error.message)
  }
}

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
