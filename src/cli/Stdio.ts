import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { StopMode } from "../backend/StopMode.ts"
import type { Configuration } from "../config/Configuration.ts"
import { standardInput } from "../edge/ByteInput.ts"
import { serveStdio } from "../edge/StdioEdge.ts"
import { Gateway } from "../gateway/Gateway.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import { logLevelOf } from "../config/LogLevelWord.ts"
import { logLayer, logWarnings, prepare } from "./Prepare.ts"
import { runProcess } from "./RunProcess.ts"
import type { StdioOptions } from "./StdioArguments.ts"
import { treeLayer } from "./Tree.ts"

/** `sentinel stdio`: serves one client on stdin and stdout until it goes away. Stdout carries MCP and nothing else. */
export const stdio = Effect.fnUntraced(function* ({ config, logLevel }: StdioOptions) {
  const { configuration, warnings } = yield* prepare(config)
  const level = logLevel === undefined ? configuration.logLevel : logLevelOf(logLevel)
  yield* logWarnings(warnings).pipe(Effect.andThen(serve(configuration)), Effect.provide(logLayer(level)))
})

/** Runs it as this process. A client that ends its gateway by a signal has ended it well. */
export const runStdio = (options: StdioOptions): void =>
  runProcess(stdio(options), { interrupted: exitCodes.ok, terminated: exitCodes.ok })

const serve = (configuration: Configuration): Effect.Effect<void, CommandFailure, StopMode> =>
  Effect.gen(function* () {
    const gateway = yield* Gateway
    const { hurry } = yield* StopMode
    const client = process.ppid
    const clientGone = () => process.ppid !== client
    const streams = { input: standardInput(), output: process.stdout, clientGone }
    const served = Effect.scoped(serveStdio(streams, configuration.bounds.frameBytes))
    yield* Effect.raceFirst(served, gateway.failed)
    // The client has gone: nobody waits for a slow goodbye of the backends.
    yield* hurry
  }).pipe(
    Effect.mapError(({ message }) => new CommandFailure({ exitCode: exitCodes.internal, message })),
    Effect.provide(Layer.fresh(treeLayer(configuration)))
  )
