import type { HttpLaunch, OAuthSettings } from "../domain/BackendSpec.ts"
import type { Backend } from "./BackendKeys.ts"
import type { Environment } from "./Document.ts"
import { credentialHeaders } from "./HttpCredentials.ts"
import { sharedSecretHeaders } from "./SharedSecret.ts"

/** How a decoded section says that its server is reached, with the values of its variables. */
export const toHttpLaunch = (backend: Backend, environment: Environment): HttpLaunch => {
  const transport = backend.transport ?? "auto"
  const names = backend.headers_env ?? {}
  return {
    type: "http",
    url: endpointOf(backend.url ?? "", transport),
    transport,
    headers: {
      ...(backend.shared_secret !== false && sharedSecretHeaders(environment, Object.keys(names))),
      ...credentialHeaders(names, backend.bearer_env, environment)
    },
    allowedAddresses: backend.allow_addresses ?? [],
    oauth: oauthOf(backend.oauth, environment)
  }
}

/** The original gateway's files name the server only; MCP is then at `/mcp`. */
const endpointOf = (url: string, transport: HttpLaunch["transport"]): string =>
  transport !== "sse" && /^https?:\/\/[^/?#]+$/.test(url) ? `${url}/mcp` : url

const oauthOf = (oauth: Backend["oauth"], environment: Environment): OAuthSettings | undefined =>
  oauth === undefined
    ? undefined
    : {
        grant: oauth.grant,
        clientId: oauth.client_id,
        clientSecret: oauth.client_secret_env === undefined ? undefined : environment[oauth.client_secret_env],
        scope: oauth.scope
      }
