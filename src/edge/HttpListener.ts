import * as Effect from "effect/Effect"
import { createServer } from "node:http"
import type { RequestListener, Server } from "node:http"
import { CannotListen } from "./CannotListen.ts"
import type { HttpBounds, HttpSettings } from "./HttpSettings.ts"

/** A connection on which nothing moves for so many keep-alive periods is closed: its client is gone, or does not read. */
export const stalledPeriods = 4
/** A connection without a request stays open for the next one, in milliseconds. */
export const idleConnectionMillis = 60_000
/** How often the time limits of arriving requests are looked at, in milliseconds. */
const checkMillis = 1_000

/** When the gateway ends, what was answered gets so long to leave, in milliseconds. */
export const flushMillis = 1_000
const flushLookMillis = 20

/** The HTTP server of Node, with every bound that it knows. */
export const makeServer = (bounds: HttpBounds): Server => {
  const server = createServer({
    noDelay: true,
    keepAliveTimeout: idleConnectionMillis,
    headersTimeout: bounds.requestMillis,
    requestTimeout: bounds.requestMillis,
    connectionsCheckingInterval: Math.min(checkMillis, bounds.requestMillis)
  })
  server.maxConnections = bounds.connections
  server.setTimeout(stalledPeriods * bounds.keepAliveMillis)
  return server
}

/** From now on every request goes there. */
export const answerBy = (server: Server, onRequest: RequestListener): void => {
  // The body is asked for when it is read, after everything that can refuse the request without it.
  for (const event of ["request", "checkContinue"]) server.removeAllListeners(event).on(event, onRequest)
}

/** Listens; succeeds with the port. */
export const listen = (server: Server, { host, port }: HttpSettings): Effect.Effect<number, CannotListen> =>
  Effect.callback<number, CannotListen>((resume) => {
    const failed = (error: NodeJS.ErrnoException) => resume(CannotListen.from(host, port, error))
    server.once("error", failed)
    server.listen(port, host, () => {
      server.off("error", failed)
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

/** From now on no connection comes; succeeds when the last one has ended. */
export const closing = (server: Server): Effect.Effect<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  return Effect.promise(() => promise)
}

/** Lets go of each connection that has nothing more to say; what is left after `flushMillis` is cut off. */
export const letGo = (server: Server, closed: Effect.Effect<void>): Effect.Effect<void> => {
  const look = Effect.sync(() => server.closeIdleConnections()).pipe(Effect.andThen(Effect.sleep(flushLookMillis)))
  return Effect.raceFirst(closed, Effect.forever(look)).pipe(
    Effect.timeoutOption(flushMillis),
    Effect.andThen(Effect.sync(() => server.closeAllConnections()))
  )
}
