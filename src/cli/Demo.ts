import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Configuration } from "../config/Configuration.ts"
import { isJsonObject, type JsonObject } from "../domain/Json.ts"
import { Gateway } from "../gateway/Gateway.ts"
import { callTool } from "./Call.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import { withOwnGateway, type CommandOptions } from "./OwnGateway.ts"
import { note, print, printJson } from "./Print.ts"
import { absentOf, renderAbsent, standingOf } from "./Standing.ts"
import { awaitStarted } from "./Starting.ts"
import { renderBackends, StatusReport } from "./StatusReport.ts"
import { renderToolResult } from "./ToolResult.ts"
import { packageRoot } from "./PackageRoot.ts"
import { plugInLine } from "./PlugIn.ts"
import { printable, shellWord } from "./Words.ts"

/**
 * `sentinel demo`: starts everything that is configured, shows what is up, makes one real call, and says
 * how to go on. Fails if a backend did not come up, or the call did not.
 */
export const demo = (options: CommandOptions) =>
  withOwnGateway(options, (configuration) =>
    Effect.gen(function* () {
      const gateway = yield* Gateway
      yield* note(`Sentinel Gateway, configured by ${configuration.source.file}`)
      yield* awaitStarted(gateway.units, { quietMillis: 0 })
      const made = yield* oneCall
      yield* options.json ? printJson({ status: gateway.status(), call: made ?? null }) : show(gateway, made)
      if (made === undefined && !options.json) yield* print(`\n${noCall}`)
      if (!options.json) yield* print(howToGoOn(configuration, made))
      const down = absentOf(gateway.units).map(renderAbsent)
      if (down.length > 0) {
        return yield* new CommandFailure({ exitCode: exitCodes.unavailable, message: down.join("\n") })
      }
      if (made?.answered === false) {
        return yield* new CommandFailure({ exitCode: exitCodes.failed, message: `the call of ${made.tool} failed` })
      }
    })
  )

/** A call that was really made. */
export const noCall = "No call was made: no tool that is up says that it only reads and needs no arguments."

interface MadeCall {
  readonly tool: string
  readonly arguments: JsonObject
  readonly answered: boolean
  readonly result: JsonObject
}

const echo = { tool: "everything__echo", arguments: { message: "hello through the gateway" } } as const

/** One call of a tool that surely does no harm: the echo, or one that says it only reads and needs no arguments. */
const oneCall = Gateway.use((gateway) => {
  const { listed, tools } = gateway.table()
  const harmless = listed.tools.find(({ definition }) => isHarmless(definition))?.definition["name"]
  if (tools.has(echo.tool)) return echoCall
  return typeof harmless === "string" ? callOf(harmless, {}) : Effect.succeed(undefined)
})

const callOf = (tool: string, parameters: JsonObject): Effect.Effect<MadeCall | undefined, CommandFailure, Gateway> =>
  Effect.gen(function* () {
    const gateway = yield* Gateway
    const backend = gateway.table().tools.get(tool)?.backend
    const unit = gateway.units.find(({ spec }) => spec.name === backend)
    if (unit === undefined || standingOf(unit)._tag !== "Up") return undefined
    const { kind, value } = yield* callTool(unit, tool, parameters)
    const answered = kind === "result" && value["isError"] !== true
    return { tool, arguments: parameters, answered, result: value }
  }).pipe(Effect.scoped)

/** A call of the echo that the shipped configuration has; nothing where another configuration has none. */
export const echoCall = callOf(echo.tool, echo.arguments)

const isHarmless = ({ annotations, inputSchema }: JsonObject): boolean => {
  const required = isJsonObject(inputSchema) ? inputSchema["required"] : undefined
  const needsNone = required === undefined || (Array.isArray(required) && required.length === 0)
  return needsNone && isJsonObject(annotations) && annotations["readOnlyHint"] === true
}

const decodeReport = Schema.decodeUnknownOption(StatusReport)

/** The backends, and the call. */
export const show = Effect.fnUntraced(function* (gateway: Gateway["Service"], made: MadeCall | undefined) {
  const report = decodeReport(gateway.status())
  if (Option.isSome(report)) yield* print(`\n${renderBackends(report.value, 0)}`)
  if (made === undefined) return
  const text = made.answered ? renderToolResult(made.result) : JSON.stringify(made.result)
  const shown = text.split("\n").map((line) => `  ${printable(line)}`)
  yield* print(`\nOne real call, ${made.tool} ${JSON.stringify(made.arguments)}:\n${shown.join("\n")}`)
})

const howToGoOn = (configuration: Configuration, made: MadeCall | undefined): string => {
  const example = made === undefined ? ["NAME", "{}"] : [made.tool, JSON.stringify(made.arguments)]
  return `
Plug it into Claude Code (one line):
  ${plugInLine(configuration)}
or, where it is installed (${packageRoot}):
  npx sentinel stdio

By hand:
  npx sentinel tools
  npx sentinel call ${example.map(shellWord).join(" ")}
  npx sentinel help`
}
