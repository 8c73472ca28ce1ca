import * as Argument from "effect/cli/Argument"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { StopMode } from "../backend/StopMode.ts"
import { chaos } from "./ChaosCommand.ts"
import { CommandFailure, endedWith } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import { login, logout } from "./LoginCommands.ts"
import { ConfigOption, JsonOption, LogLevelOption } from "./Options.ts"
import { launcher } from "./PackageRoot.ts"
import { presenterOf, wantsJson } from "./Presenter.ts"
import { print, printJson } from "./Print.ts"
import { runProcess } from "./RunProcess.ts"
import { run } from "./RunWork.ts"
import { serve } from "./ServeCommand.ts"
import { version } from "./Version.ts"
import { shellWord } from "./Words.ts"

const plugIn = `claude mcp add sentinel -- ${shellWord(launcher)} stdio`

const stdio = Command.make("stdio", {}, () =>
  run(Effect.promise(() => import("./Stdio.ts")).pipe(Effect.map(({ stdio }) => stdio)), true)
).pipe(
  Command.withShortDescription("Serve one MCP client on stdin and stdout"),
  Command.withDescription(
    "Serves one MCP client on stdin and stdout, until it goes away. This is what a client starts; a person has no use\n" +
      "  for it. Stdout carries MCP only, the log goes to stderr."
  ),
  Command.withExamples([{ command: plugIn, description: "Plug it into Claude Code" }])
)

const tools = Command.make("tools", {}, () =>
  run(Effect.promise(() => import("./Tools.ts")).pipe(Effect.map(({ tools }) => tools)))
).pipe(
  Command.withShortDescription("List the tools that clients see"),
  Command.withDescription(
    "Starts the configured servers and lists their tools as clients see them, and what is withheld."
  ),
  Command.withExamples([
    { command: "sentinel tools" },
    { command: "sentinel tools --json", description: "With the whole definitions" }
  ])
)

const call = Command.make(
  "call",
  {
    name: Argument.String("NAME").pipe(Argument.withDescription("The tool's name, as `sentinel tools` lists it")),
    json: Argument.String("JSON").pipe(
      Argument.withDescription("The arguments, a JSON object; - reads it from stdin"),
      Argument.optional
    )
  },
  ({ json, name }) =>
    run(
      Effect.promise(() => import("./Call.ts")).pipe(
        Effect.map(
          ({ call }) =>
            (options) =>
              call(options, { name, json: Option.getOrUndefined(json) })
        )
      )
    )
).pipe(
  Command.withShortDescription("Call one tool"),
  Command.withDescription("Makes one real call through a gateway of its own, and prints what the tool answers."),
  Command.withExamples([
    { command: `sentinel call everything__echo '{"message": "hello"}'` },
    { command: `echo '{"message": "hello"}' | sentinel call everything__echo -`, description: "Arguments from stdin" },
    { command: "sentinel call memory__read_graph --json", description: "The result as the server wrote it" }
  ])
)

const check = Command.make(
  "check",
  {
    file: Argument.String("FILE").pipe(
      Argument.withDescription("The configuration file; else the one that would be used"),
      Argument.optional
    )
  },
  ({ file }) =>
    run(
      Effect.promise(() => import("./Check.ts")).pipe(
        Effect.map(
          ({ check }) =>
            (options) =>
              check(options, Option.getOrUndefined(file))
        )
      )
    )
).pipe(
  Command.withShortDescription("Find what is wrong with a configuration"),
  Command.withDescription("Reads a configuration and reports everything that is wrong with it. Starts nothing."),
  Command.withExamples([{ command: "sentinel check" }, { command: "sentinel check my.toml --json" }])
)

const status = Command.make("status", {}, () =>
  run(Effect.promise(() => import("./Status.ts")).pipe(Effect.map(({ status }) => status)))
).pipe(
  Command.withShortDescription("Show the gateways that run now"),
  Command.withDescription(
    "Shows each gateway that runs on the state directory, with the state of its backends and when each was last proven."
  ),
  Command.withExamples([{ command: "sentinel status" }, { command: "sentinel status --json" }])
)

const demo = Command.make("demo", {}, () =>
  run(Effect.promise(() => import("./Demo.ts")).pipe(Effect.map(({ demo }) => demo)))
).pipe(
  Command.withShortDescription("Start everything once, make one call, say how to go on"),
  Command.withDescription("Starts the configured servers, shows them, makes one call, and ends."),
  Command.withExamples([{ command: "sentinel demo" }])
)

const versionCommand = Command.make("version", {}, () =>
  run(
    Effect.succeed(({ json }) =>
      json ? printJson({ name: "sentinel", version, node: process.versions.node }) : print(`sentinel ${version}`)
    )
  )
).pipe(Command.withDescription("Print the version"), Command.withExamples([{ command: "sentinel version" }]))

const help = Command.make(
  "help",
  { command: Argument.String("COMMAND").pipe(Argument.withDescription("The command to explain"), Argument.optional) },
  Effect.fnUntraced(function* ({ command }) {
    const name = Option.getOrUndefined(command)
    const json = (yield* JsonOption) ? ["--json"] : []
    // As a command that is not there it gets its suggestion; with --help it would get the help of all.
    const isThere = name === undefined || isCommand(name)
    yield* runArguments([...Option.toArray(command), ...(isThere ? ["--help"] : json)])
  })
).pipe(
  Command.withDescription("Explain a command, or all of it"),
  Command.withExamples([{ command: "sentinel help call" }])
)

const sentinel = Command.make("sentinel").pipe(
  Command.withDescription(
    "One supervised gateway between AI clients and MCP servers. A client starts `sentinel stdio` and gets the tools\n" +
      "  of every server in the configuration; the other commands are for people."
  ),
  Command.withExamples([
    { command: "npx sentinel demo", description: "See it work, with the servers that come with it" },
    { command: plugIn, description: "Plug it into Claude Code" },
    { command: "npx sentinel tools", description: "What clients see" },
    { command: `npx sentinel call everything__echo '{"message": "hello"}'`, description: "Call a tool by hand" },
    { command: "npx sentinel help call", description: "More about a command" }
  ]),
  Command.withSubcommands([stdio, serve, demo, tools, call, status, login, logout, check, chaos, versionCommand, help]),
  Command.withGlobalFlags([ConfigOption, JsonOption, LogLevelOption])
)

const isCommand = (name: string): boolean =>
  sentinel.subcommands.some(({ commands }) => commands.some((command) => command.name === name))

const cliLayer = (json: boolean) =>
  Layer.mergeAll(
    NodeServices.layer,
    CliOutput.layerPresenter(presenterOf(json)),
    CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })
  )

const runArguments = (args: ReadonlyArray<string>): Effect.Effect<void, CommandFailure, StopMode> =>
  Command.runWith(sentinel, { version })(args).pipe(
    Effect.mapError((error) => (CliError.isCliError(error) ? endedWith(exitCodes.usage) : error)),
    Effect.provide(cliLayer(wantsJson(args)))
  )

/** Runs a command line that is not a plain `stdio` as this process. */
export const runCommands = (args: ReadonlyArray<string>): void =>
  runProcess(runArguments(args), { interrupted: exitCodes.interrupted, terminated: exitCodes.terminated })
