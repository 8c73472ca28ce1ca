import * as Effect from "effect/Effect"
import { type BearerChallenge, readChallenge } from "./OAuthChallenge.ts"
import { type Guard, send } from "./OAuthFetch.ts"
import { OAuthProblem } from "./OAuthProblem.ts"

/** A request of the stateless era: where a token is needed, it is asked for before anything in it is looked at. */
const version = "2026-07-28"
const body = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/list",
  params: {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": version,
      "io.modelcontextprotocol/clientInfo": { name: "sentinel-gateway", version: "login" },
      "io.modelcontextprotocol/clientCapabilities": {}
    }
  }
})

/** What a server wants of somebody who comes without a token; `undefined`: it does not ask for one. */
export const askWithoutToken = (
  url: string,
  headers: Readonly<Record<string, string>>,
  guard: Guard
): Effect.Effect<BearerChallenge | undefined, OAuthProblem> => {
  const sent = {
    ...headers,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-protocol-version": version,
    "mcp-method": "tools/list"
  }
  return Effect.tryPromise({
    try: () => send(new URL(url), { method: "POST", headers: sent, body, readBody: false }, guard),
    catch: (error) => (error instanceof OAuthProblem ? error : new OAuthProblem({ reason: String(error) }))
  }).pipe(
    Effect.map(({ headers: { "www-authenticate": header }, status }) =>
      status === 401 || (status === 403 && header !== undefined) ? readChallenge(header) : undefined
    )
  )
}
