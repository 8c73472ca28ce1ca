import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import { accessSync, constants, realpathSync } from "node:fs"
import type { Configuration } from "../config/Configuration.ts"
import { load } from "../config/Load.ts"
import { findFile } from "../config/Locate.ts"
import { renderAll, type Problem } from "../config/Problem.ts"
import { unsupported } from "../config/Unsupported.ts"
import { makeStateDirectory } from "../gateway/StateFiles.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import { packageRoot } from "./PackageRoot.ts"

/** The configuration file by the option, the environment and the search order; undefined for embedded defaults. */
export const configurationFile = (option: string | undefined): string | undefined =>
  findFile({ option, environment: process.env, packageRoot })

/** The same by its real path, which is the same for everybody; null for embedded defaults. */
export const usedFile = (option: string | undefined): string | null => {
  const file = configurationFile(option)
  if (file === undefined) return null
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

/** A configuration that a gateway can start on, and what was worth a warning. */
export interface Prepared {
  readonly configuration: Configuration
  readonly warnings: ReadonlyArray<Problem>
}

/**
 * Everything that must be right before a gateway starts: the configuration is valid and asks for nothing that this
 * version lacks, and the state directory is there. Fails with all problems at once.
 */
export const prepare = Effect.fnUntraced(function* (option: string | undefined) {
  const loaded = yield* load(configurationFile(option), process.env).pipe(
    Effect.mapError(({ problems }) => unusable(problems))
  )
  const { configuration } = loaded
  const problems = [...loaded.warnings, ...unsupported(configuration)]
  if (problems.some(({ severity }) => severity === "error")) return yield* unusable(problems)
  yield* stateDirectory(configuration.stateDirectory)
  const prepared: Prepared = { configuration, warnings: problems }
  return prepared
})

const unusable = (problems: ReadonlyArray<Problem>): CommandFailure =>
  new CommandFailure({ exitCode: exitCodes.invalidConfiguration, message: renderAll(problems), problems })

const stateDirectory = (directory: string): Effect.Effect<void, CommandFailure> =>
  makeStateDirectory(directory).pipe(
    Effect.andThen(Effect.try({ try: () => accessSync(directory, writable), catch: String })),
    Effect.mapError((cause) => {
      const reason = typeof cause === "string" ? cause : String(cause.cause)
      const remedy = "set state_dir in [gateway], or $SENTINEL_STATE_DIR, to a directory that this user may write"
      const message = `the state directory ${directory} can't be used (${reason}); ${remedy}`
      return new CommandFailure({ exitCode: exitCodes.cannotCreate, message })
    })
  )

const writable = constants.W_OK | constants.X_OK

/** A log on stderr, in logfmt. Stdout belongs to MCP, or to a command's result. */
export const logLayer = (level: LogLevel.LogLevel): Layer.Layer<never> =>
  Layer.mergeAll(
    Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]),
    Layer.succeed(References.MinimumLogLevel, level)
  )

/** Logs warnings of the configuration, a line each. */
export const logWarnings = (warnings: ReadonlyArray<Problem>): Effect.Effect<void> =>
  Effect.forEach(
    warnings,
    ({ file, line, message }) => Effect.logWarning(`${file}${line === undefined ? "" : `:${line}`}: ${message}`),
    { discard: true }
  )
