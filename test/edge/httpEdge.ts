import * as Effect from "effect/Effect"
import { httpDefaults, type HttpBounds, type HttpSettings } from "../../src/edge/HttpSettings.ts"
import { serveHttp } from "../../src/edge/HttpServing.ts"
import { Gateway } from "../../src/gateway/Gateway.ts"
import { Authenticator, Unauthenticated, type Authenticate } from "../../src/policy/Authenticator.ts"
import { capturedLogs } from "../kernel/capturedLogs.ts"
import { memoryGateway, type MemorySettings } from "../tree/memoryGateway.ts"
import { HttpClient } from "./mcpClient.ts"

export interface EdgeSettings extends MemorySettings {
  readonly http?: Partial<Omit<HttpSettings, "bounds">>
  readonly httpBounds?: Partial<HttpBounds>
  readonly authenticate?: Authenticate
}

export const httpSettings = ({ http, httpBounds }: Pick<EdgeSettings, "http" | "httpBounds">): HttpSettings => ({
  host: httpDefaults.host,
  port: 0,
  allowedHosts: [],
  allowedOrigins: [],
  ...http,
  bounds: { ...httpDefaults.bounds, ...httpBounds }
})

/** A gateway over scripted backends, served on a free port of this machine until the scope closes. */
export const httpEdge = Effect.fnUntraced(function* (settings: EdgeSettings) {
  const started = yield* memoryGateway(settings)
  const edgeLogs = capturedLogs()
  const serving = serveHttp(httpSettings(settings)).pipe(
    Effect.provideService(Gateway, started.gateway),
    Effect.provide(edgeLogs.layer)
  )
  const { authenticate } = settings
  const served = yield* authenticate === undefined
    ? serving
    : Effect.provideService(serving, Authenticator, authenticate)
  return {
    ...started,
    edgeLogs: edgeLogs.lines,
    serving: served,
    url: served.url,
    client: (token?: string) => new HttpClient(served.url, token)
  }
})

/** Knows alice and bob by a bearer token that is their name, and nobody else. */
export const aliceAndBob: Authenticate = ({ authorization }) => {
  const name = authorization?.replace(/^Bearer /, "")
  return name === "alice" || name === "bob"
    ? Effect.succeed({ id: name })
    : Effect.fail(new Unauthenticated({ reason: "unknown token" }))
}
