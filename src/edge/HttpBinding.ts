import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Server } from "node:http"
import { refusalCodes } from "../domain/Outcome.ts"
import { Authenticator } from "../policy/Authenticator.ts"
import { CannotListen } from "./CannotListen.ts"
import { isLoopback } from "./HostCheck.ts"
import { notNow, refuse } from "./HttpAnswer.ts"
import { answerBy, listen, makeServer } from "./HttpListener.ts"
import type { HttpSettings } from "./HttpSettings.ts"

/** A place where the gateway is listening, though there may be none yet that serves it. */
export interface HttpBinding {
  readonly settings: HttpSettings
  readonly server: Server
  readonly port: number
}

/**
 * Takes the place where HTTP is to be served, until the scope closes; requests are told to come back shortly. Fails when
 * it can't listen; that includes an address that others can reach as long as everybody counts as the local user.
 */
export const bindHttp: (settings: HttpSettings) => Effect.Effect<HttpBinding, CannotListen, Scope.Scope> = Effect.fn(
  "HttpBinding.bind"
)(function* (settings: HttpSettings) {
  const authenticate = yield* Authenticator
  if (authenticate === Context.get(Context.empty(), Authenticator) && !isLoopback(settings.host)) {
    return yield* CannotListen.open(settings.host, settings.port)
  }
  const server = makeServer(settings.bounds)
  answerBy(server, (request, response) => refuse(request, response, starting, settings.bounds.bodyBytes))
  yield* Effect.addFinalizer(() => Effect.sync(() => cutAll(server)))
  return { settings, server, port: yield* listen(server, settings) }
})

/** Ends the listening, and every connection. */
export const cutAll = (server: Server): void => {
  server.close()
  server.closeAllConnections()
}

/** When a client that came before there was a gateway should try again, in milliseconds. */
const startRetryMillis = 1_000

const starting = notNow(refusalCodes.unavailable, "the gateway is starting; try again shortly", startRetryMillis)
