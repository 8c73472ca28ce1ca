import * as Effect from "effect/Effect"
import { AddressGuard } from "../backend/AddressGuard.ts"
import { login as logIn, loginMillis, type LoginResult } from "../backend/OAuthLogin.ts"
import { removeTokenFile } from "../backend/TokenFile.ts"
import type { Configuration } from "../config/Configuration.ts"
import { nearest } from "../config/Nearest.ts"
import type { HttpLaunch, OAuthSettings } from "../domain/BackendSpec.ts"
import { openBrowser } from "./Browser.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import type { CommandOptions } from "./OwnGateway.ts"
import { prepare } from "./Prepare.ts"
import { note, print, printJson } from "./Print.ts"
import { printable, span } from "./Words.ts"

const portMax = 65_535

/** What `sentinel login` was given. */
export interface LoginArguments {
  readonly name: string
  /** False: the person opens the URL. */
  readonly browser: boolean
  /** A port of 127.0.0.1 for the browser to come back to; 0: any. */
  readonly port: number
}

/** `sentinel login NAME`: gets tokens for an HTTP backend with a person's consent, in a browser. */
export const login = Effect.fnUntraced(function* (options: CommandOptions, asked: LoginArguments) {
  if (asked.port < 0 || asked.port > portMax) {
    const message = `--port ${asked.port}: a port is a number from 1 to ${portMax}, or 0 for any`
    return yield* new CommandFailure({ exitCode: exitCodes.usage, message })
  }
  const { configuration } = yield* prepare(options.config)
  const { launch, oauth } = yield* backendOf(configuration, asked.name)
  const result = yield* logIn({
    backend: asked.name,
    launch,
    oauth,
    stateDirectory: configuration.stateDirectory,
    guard: new AddressGuard(asked.name, new URL(launch.url), launch.allowedAddresses),
    port: asked.port,
    waitMillis: loginMillis,
    open: (url) => open(url, asked.browser)
  }).pipe(Effect.mapError(({ reason }) => failed(`can't log in to ${asked.name}: ${reason}`)))
  yield* options.json ? printJson(toJson(asked.name, result)) : print(inWords(asked.name, result))
})

const failed = (message: string): CommandFailure =>
  new CommandFailure({ exitCode: exitCodes.failed, message: printable(message) })

const open = Effect.fnUntraced(function* (url: string, browser: boolean) {
  yield* note(`${browser ? "If no browser opens, open" : "Open"} this page and log in there:\n\n  ${url}\n`)
  yield* note(`Waiting for the answer, at most ${span(loginMillis)}; Ctrl-C ends it.`)
  if (browser) yield* openBrowser(url)
})

const toJson = (backend: string, result: LoginResult) =>
  result._tag === "NotAsked"
    ? { backend, loggedIn: false, reason: "the server asks for no token" }
    : { backend, loggedIn: true, issuer: result.issuer, scope: result.scope, file: result.file }

const inWords = (backend: string, result: LoginResult): string => {
  if (result._tag === "NotAsked") return `${backend} asks for no token: there is nothing to log in to`
  const scope = result.scope === undefined ? "" : ` for ${printable(result.scope)}`
  return [
    `Logged in to ${backend}: ${printable(result.issuer)} gave a token${scope}.`,
    `It is kept in ${result.file}, for this user alone.`,
    "Gateways that run find it there; `sentinel status` shows when the backend is ready."
  ].join("\n")
}

interface Target {
  readonly launch: HttpLaunch
  readonly oauth: OAuthSettings
}

const backendOf = ({ backends }: Configuration, name: string): Effect.Effect<Target, CommandFailure> => {
  const launch = backends.find((spec) => spec.name === name)?.launch
  if (launch === undefined)
    return Effect.fail(
      unknown(
        backends.map((spec) => spec.name),
        name
      )
    )
  if (launch.type !== "http") return Effect.fail(failed(`${name} is a process of this machine: it needs no login`))
  const { oauth } = launch
  if (oauth === undefined) {
    const advice = `add \`oauth = { grant = "authorization_code" }\` to it`
    return Effect.fail(failed(`the section of ${name} says nothing of OAuth; ${advice}, and run this again`))
  }
  if (oauth.grant === "client_credentials") {
    return Effect.fail(failed(`${name} has a client of its own (client_credentials): it needs no login`))
  }
  return Effect.succeed({ launch, oauth })
}

const unknown = (names: ReadonlyArray<string>, name: string): CommandFailure => {
  const guess = nearest(name, names)
  return new CommandFailure({
    exitCode: exitCodes.failed,
    message: printable(`there is no backend "${name}"${guess === undefined ? "" : `; did you mean ${guess}?`}`)
  })
}

/** `sentinel logout NAME`: forgets a backend's tokens. The backend may be gone from the configuration. */
export const logout = Effect.fnUntraced(function* (options: CommandOptions, name: string) {
  const { configuration } = yield* prepare(options.config)
  const known = yield* Effect.try({
    try: () => removeTokenFile(configuration.stateDirectory, name),
    catch: (cause) => failed(`can't forget the tokens of ${name}: ${String(cause)}`)
  })
  if (options.json) return yield* printJson({ backend: name, loggedOut: known })
  const done = `Logged out of ${printable(name)}: its tokens are gone from this machine.`
  yield* print(known ? done : `There are no tokens of ${printable(name)}.`)
})
