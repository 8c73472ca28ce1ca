import * as Effect from "effect/Effect"
import type { StopMode } from "../backend/StopMode.ts"
import type { Configuration } from "../config/Configuration.ts"
import { logLevelOf } from "../config/LogLevelWord.ts"
import { attach } from "../edge/Attach.ts"
import { attachProtocol } from "../edge/AttachHello.ts"
import type { AttachHello } from "../edge/AttachHello.ts"
import { standardInput } from "../edge/ByteInput.ts"
import type { StdioStreams } from "../edge/ClientLine.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import { logLayer, logWarnings, prepare, usedFile } from "./Prepare.ts"
import { runProcess } from "./RunProcess.ts"
import type { StdioOptions } from "./StdioArguments.ts"
import { version } from "./Version.ts"

/**
 * `sentinel stdio`: serves one client on stdin and stdout until it goes away. Stdout carries MCP and nothing else. Where
 * a gateway serves the same state directory, this process only passes on (docs/adr/0014-attach.md).
 */
export const stdio = Effect.fnUntraced(function* ({ config, logLevel }: StdioOptions) {
  const { configuration, warnings } = yield* prepare(config)
  const level = logLevel === undefined ? configuration.logLevel : logLevelOf(logLevel)
  const hello: AttachHello = {
    protocol: attachProtocol,
    version,
    config: usedFile(config),
    pid: process.pid
  }
  yield* logWarnings(warnings).pipe(Effect.andThen(serve(configuration, hello)), Effect.provide(logLayer(level)))
})

/** Runs it as this process. A client that ends its gateway by a signal has ended it well. */
export const runStdio = (options: StdioOptions): void =>
  runProcess(stdio(options), { interrupted: exitCodes.ok, terminated: exitCodes.ok })

const serve = (configuration: Configuration, hello: AttachHello): Effect.Effect<void, CommandFailure, StopMode> =>
  Effect.gen(function* () {
    const reached = yield* attach(configuration.stateDirectory, hello)
    if (reached === undefined) return yield* (yield* ownTree).serveAlone(streamsOf(process.ppid), configuration)
    const { relay } = yield* chunk(() => import("../edge/Relay.ts"))
    const own = Effect.flatMap(ownTree, ({ ownGateway }) => ownGateway(configuration))
    const { frameBytes } = configuration.bounds
    yield* Effect.scoped(relay(streamsOf(process.ppid), reached, { frameBytes, own }))
  }).pipe(Effect.mapError(({ message }) => new CommandFailure({ exitCode: exitCodes.internal, message })))

const streamsOf = (client: number): StdioStreams => ({
  input: standardInput(),
  output: process.stdout,
  clientGone: () => process.ppid !== client
})

/** Code that only some starts need. A relay may ask for it days later: then an update may have taken it away. */
const chunk = <A>(load: () => Promise<A>): Effect.Effect<A, { readonly message: string }> =>
  Effect.tryPromise({
    try: load,
    catch: (cause) => ({ message: `a part of the gateway could not be loaded (${String(cause)}); start it again` })
  })

const ownTree = chunk(() => import("./StdioTree.ts"))
