import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { StopMode } from "../backend/StopMode.ts"
import type { Configuration } from "../config/Configuration.ts"
import type { Problem } from "../config/Problem.ts"
import { Gateway } from "../gateway/Gateway.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import { logLevelOf, type LogLevelWord } from "../config/LogLevelWord.ts"
import { logLayer, prepare } from "./Prepare.ts"
import { note } from "./Print.ts"
import { treeLayer } from "./Tree.ts"

/** The options that every command takes. */
export interface CommandOptions {
  readonly config: string | undefined
  readonly json: boolean
  readonly logLevel: LogLevelWord | undefined
}

/** A command's work with a gateway of its own. */
export type GatewayWork = Effect.Effect<void, CommandFailure, Gateway | Scope.Scope>

/**
 * Starts a gateway on the configuration, for one piece of work, and ends it fast: the work is done, nobody waits for
 * the backends. Warnings of the configuration go to stderr; the log is quiet unless `--log-level` asks for it, because
 * the command itself says what matters.
 */
export const withOwnGateway = Effect.fnUntraced(function* (
  options: Pick<CommandOptions, "config" | "logLevel">,
  work: (configuration: Configuration) => GatewayWork
) {
  const { configuration, warnings } = yield* prepare(options.config)
  for (const warning of warnings) yield* note(warningLine(warning))
  const level = options.logLevel === undefined ? "Error" : logLevelOf(options.logLevel)
  const { hurry } = yield* StopMode
  yield* Effect.raceFirst(Effect.scoped(work(configuration)), routerEnd).pipe(
    Effect.ensuring(hurry),
    Effect.provide(Layer.fresh(treeLayer(configuration))),
    Effect.provide(logLayer(level))
  )
})

const routerEnd: Effect.Effect<never, CommandFailure, Gateway> = Gateway.use(({ failed }) =>
  Effect.mapError(failed, ({ message }) => new CommandFailure({ exitCode: exitCodes.internal, message }))
)

const warningLine = ({ file, line, message }: Problem): string =>
  `warning: ${file}${line === undefined ? "" : `:${line}`}: ${message}`
