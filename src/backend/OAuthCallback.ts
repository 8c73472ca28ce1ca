import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { OAuthProblem } from "./OAuthProblem.ts"

/** Connections at once: a browser opens a few, nobody else has any business here. */
export const callbackConnections = 16

/** Where the browser comes back to after a login. */
export interface Callback {
  readonly redirectUri: string
  /** The parameters that it brings. */
  readonly answer: Effect.Effect<URLSearchParams>
}

const path = "/callback"

const page = (title: string, text: string): string =>
  `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><p>${text}</p>\n`

const arrived = page("Sentinel Gateway", "The answer has arrived. Go back to the terminal; this page can be closed.")
const stray = page("Not this one", "This is not the answer to the login that is waited for.")

/**
 * Listens on the loopback interface for the end of one login (RFC 8252, 7.3), until the scope closes. Only an answer with
 * this `state` counts: any page in the browser, and any program on this machine, can send others.
 */
export const listenForCallback = (state: string, port: number): Effect.Effect<Callback, OAuthProblem, Scope.Scope> =>
  Effect.gen(function* () {
    const answer = Deferred.makeUnsafe<URLSearchParams>()
    const server = http.createServer((request, response) => {
      const url = URL.parse(request.url ?? "/", "http://127.0.0.1")
      const ours = request.method === "GET" && url?.pathname === path && url.searchParams.get("state") === state
      response.writeHead(ours ? 200 : 400, headers)
      response.end(ours ? arrived : stray)
      if (ours) Deferred.doneUnsafe(answer, Effect.succeed(url.searchParams))
    })
    server.maxConnections = callbackConnections
    const bound = yield* Effect.acquireRelease(listen(server, port), () => close(server))
    return { redirectUri: `http://127.0.0.1:${bound}${path}`, answer: Deferred.await(answer) }
  })

const headers = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'",
  "referrer-policy": "no-referrer",
  connection: "close"
}

const listen = (server: http.Server, port: number): Effect.Effect<number, OAuthProblem> =>
  Effect.callback((resume) => {
    const fail = (error: Error) =>
      resume(Effect.fail(new OAuthProblem({ reason: `can't listen on 127.0.0.1:${port}: ${error.message}` })))
    server.once("error", fail)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", fail)
      const address = server.address()
      resume(Effect.succeed(isBound(address) ? address.port : port))
    })
  })

const isBound = (address: string | AddressInfo | null): address is AddressInfo =>
  typeof address === "object" && address !== null

/** The page goes out before; what a browser keeps open without a use for it is cut off. */
const close = (server: http.Server): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 200).unref()
  })
