import { buildConnector, Pool } from "undici"
import type { AddressGuard, ResolveAll } from "./AddressGuard.ts"
import { AddressRefused } from "./AddressGuard.ts"
import type { Wire, WireHandler, WireRequest } from "./Wire.ts"

export const wireBounds = {
  /** Until a connection stands, its TLS included. */
  connectMillis: 10_000,
  /** All headers of a response together. */
  headBytes: 32 * 1024,
  /** An idle connection is closed after this time: before most servers do, so that no request runs into their end. */
  idleMillis: 4_000
} as const

/**
 * The sockets to one origin: kept alive, each with one request at a time, never to an address that the guard refuses.
 *
 * Redirects are not followed here or anywhere above, and HTTP/2 is not offered: its streams share one socket, whose end
 * would fail every call at once.
 */
export class HttpWire implements Wire {
  readonly #pool: Pool

  constructor(origin: string, guard: AddressGuard, resolve: ResolveAll, connections: number) {
    const { connectMillis, headBytes, idleMillis } = wireBounds
    this.#pool = new Pool(origin, {
      connect: guardedConnect(guard, resolve, connectMillis),
      connections,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: headBytes,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: idleMillis,
      // A server may hint at less, never at more.
      keepAliveMaxTimeout: idleMillis
    })
  }

  send(request: WireRequest, handler: WireHandler): void {
    const { body, headers, headersMillis, method, path } = request
    this.#pool.dispatch({ method, path, headers, body, headersTimeout: headersMillis }, handler)
  }

  destroy(done: () => void): void {
    this.#pool.destroy(null, done)
  }
}

/** Opens sockets to what the guard allows, for this wire and for every other request about the same backend. */
export const guardedConnect = (
  guard: AddressGuard,
  resolve: ResolveAll,
  timeoutMillis: number
): buildConnector.connector => {
  const connect = buildConnector({ timeout: timeoutMillis, allowH2: false, lookup: guard.lookup(resolve) })
  return (options, done) => {
    // An address in the URL is not looked up, so it is looked at here.
    const problem = guard.literalProblem()
    if (problem === undefined) connect(options, done)
    else done(new AddressRefused(problem), null)
  }
}
