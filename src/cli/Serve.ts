import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { StopMode } from "../backend/StopMode.ts"
import type { Configuration } from "../config/Configuration.ts"
import { listenAddress } from "../config/ListenAddress.ts"
import { logLevelOf } from "../config/LogLevelWord.ts"
import type { CannotListen } from "../edge/CannotListen.ts"
import { backendPath } from "../edge/HttpEndpoint.ts"
import { bindHttp } from "../edge/HttpBinding.ts"
import type { HttpBinding } from "../edge/HttpBinding.ts"
import { serveBound } from "../edge/HttpServing.ts"
import type { HttpServing } from "../edge/HttpServing.ts"
import type { HttpSettings } from "../edge/HttpSettings.ts"
import { claimSocket, serveSocket } from "../edge/SocketEdge.ts"
import type { ClaimedSocket } from "../edge/SocketEdge.ts"
import { Gateway } from "../gateway/Gateway.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { echoCall, show } from "./Demo.ts"
import { exitCodes } from "./ExitCode.ts"
import { untilTold } from "./FirstSignal.ts"
import type { CommandOptions } from "./OwnGateway.ts"
import { plugInLine } from "./PlugIn.ts"
import { logLayer, logWarnings, prepare, usedFile } from "./Prepare.ts"
import { note, print, printJson } from "./Print.ts"
import { awaitStarted } from "./Starting.ts"
import { treeLayer } from "./Tree.ts"
import { version } from "./Version.ts"
import { count, shellWord, span } from "./Words.ts"

/**
 * `sentinel serve`: serves the gateway over HTTP, and to each `sentinel stdio` of this user that finds it, until it is
 * told to end; then running calls may end first. Fails only if it can't serve: backends may be down.
 */
export const serve = Effect.fnUntraced(function* (options: CommandOptions, listen: string | undefined) {
  const { configuration, warnings } = yield* prepare(options.config)
  const settings = yield* settingsOf(configuration, listen)
  const level = options.logLevel === undefined ? configuration.logLevel : logLevelOf(options.logLevel)
  const { hurry } = yield* StopMode
  const failed = Gateway.use((gateway) => gateway.failed).pipe(Effect.mapError(internal))
  yield* Effect.gen(function* () {
    yield* logWarnings(warnings)
    const places = yield* claimPlaces(configuration, settings)
    yield* Effect.raceFirst(serveAt(places, configuration, options), failed).pipe(
      // Who has waited for its clients waits for nothing else.
      Effect.ensuring(hurry),
      Effect.provide(Layer.fresh(treeLayer(configuration)))
    )
  }).pipe(Effect.scoped, Effect.provide(logLayer(level)))
})

/** Where the gateway is to be served. */
interface Places {
  readonly http: HttpBinding
  /** Undefined: none can be made. */
  readonly socket: ClaimedSocket | undefined
  /** The socket's life. */
  readonly attaching: Scope.Closeable
}

/** Takes the places before anything is started: who finds them taken has nothing to serve. */
const claimPlaces = (configuration: Configuration, settings: HttpSettings) =>
  Effect.gen(function* () {
    const attaching = yield* Scope.make()
    yield* Effect.addFinalizer((exit) => Scope.close(attaching, exit))
    const socket = yield* claimSocket(configuration.stateDirectory).pipe(
      Effect.mapError(({ message }) => new CommandFailure({ exitCode: exitCodes.unavailable, message })),
      Scope.provide(attaching)
    )
    const http = yield* bindHttp(settings).pipe(Effect.mapError((error) => cannotListen(error, configuration)))
    return { http, socket, attaching } satisfies Places
  })

const serveAt = (
  { attaching, http, socket }: Places,
  configuration: Configuration,
  options: CommandOptions
): Effect.Effect<void, CommandFailure, Gateway> =>
  Effect.gen(function* () {
    const { bounds } = http.settings
    // Here too, because the clients are let go before their gateway ends.
    yield* Effect.addFinalizer((exit) => Scope.close(attaching, exit))
    if (socket !== undefined) yield* attachable(socket, configuration, bounds.drainMillis, options)
    const serving = yield* serveBound(http)
    yield* Effect.raceFirst(Effect.andThen(introduce(serving, configuration, options), Effect.never), untilTold)
    const { calls } = serving.load()
    if (calls > 0) yield* note(`ending: ${count(calls, "call")} may take ${span(bounds.drainMillis)} more`)
    yield* Effect.all([serving.drain, Scope.close(attaching, Exit.void)], { concurrency: "unbounded", discard: true })
  }).pipe(Effect.scoped)

const attachable = (
  socket: ClaimedSocket,
  { bounds, stateDirectory }: Configuration,
  drainMillis: number,
  { config }: CommandOptions
) =>
  serveSocket(socket, { stateDirectory, config: usedFile(config), version, frameBytes: bounds.frameBytes, drainMillis })

/** Says where it serves, at once; who is up and how to go on, when that is known. */
const introduce = Effect.fnUntraced(function* (
  serving: HttpServing,
  configuration: Configuration,
  options: CommandOptions
) {
  const gateway = yield* Gateway
  const servers = configuration.backends.map(
    ({ name }) => [name, new URL(backendPath(name), serving.url).href] as const
  )
  if (options.json) {
    return yield* printJson({ serving: { url: serving.url, servers: Object.fromEntries(servers), pid: process.pid } })
  }
  yield* print(`Sentinel Gateway serves ${serving.url}, configured by ${configuration.source.file}`)
  yield* awaitStarted(gateway.units, { quietMillis: 0 })
  const made = yield* echoCall.pipe(
    Effect.catch(({ message }) => Effect.as(note(`sentinel: the first call failed: ${message}`), undefined))
  )
  yield* show(gateway, made)
  yield* print(howToGoOn(serving.url, servers, plugInLine(configuration)))
})

const howToGoOn = (url: string, servers: ReadonlyArray<readonly [string, string]>, plugIn: string): string => {
  const example =
    servers[0] === undefined ? "" : `\nOne server under its own names, such as ${servers[0][0]}: ${servers[0][1]}`
  return `
Plug it into Claude Code (one line), over stdio, which finds this gateway and uses it:
  ${plugIn}
or over HTTP:
  claude mcp add --transport http sentinel ${url}
${example}
Ready. Ctrl-C ends it.`
}

const settingsOf = (
  { serving }: Configuration,
  listen: string | undefined
): Effect.Effect<HttpSettings, CommandFailure> => {
  if (listen === undefined) return Effect.succeed(serving)
  const address = listenAddress(listen)
  if (address !== undefined) return Effect.succeed({ ...serving, ...address })
  const message = `--listen ${shellWord(listen)} is no address and port; write it like 127.0.0.1:9200 or [::1]:9200`
  return Effect.fail(new CommandFailure({ exitCode: exitCodes.usage, message }))
}

const cannotListen = ({ message, reason }: CannotListen, { source }: Configuration): CommandFailure => {
  const where = `listen in [gateway] of ${source.file}, or --listen HOST:PORT`
  const advice = reason === "open" ? `Change ${where}.` : `Choose another place: ${where}.`
  return new CommandFailure({
    exitCode: reason === "open" ? exitCodes.invalidConfiguration : exitCodes.unavailable,
    message: `can't serve: ${message}. ${advice}`
  })
}

const internal = ({ message }: { readonly message: string }): CommandFailure =>
  new CommandFailure({ exitCode: exitCodes.internal, message })
