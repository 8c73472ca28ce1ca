import * as Effect from "effect/Effect"
import type { OAuthSettings } from "../domain/BackendSpec.ts"
import type { Authority } from "./OAuthDiscovery.ts"
import type { OAuthFetch } from "./OAuthFetch.ts"
import { OAuthProblem } from "./OAuthProblem.ts"
import { type Sdk, step } from "./OAuthSdk.ts"
import type { OAuthClient, TokenRecord } from "./TokenFile.ts"

/** How the gateway calls itself where it registers. */
export const clientName = "Sentinel Gateway"

export interface Registering {
  readonly sdk: Sdk
  readonly http: OAuthFetch
  readonly authority: Authority
  readonly oauth: OAuthSettings
  readonly record: TokenRecord
}

/**
 * A configured client is known to one authorization server only: its secret must not go to whichever the MCP server
 * names next (MCP, client-registration, "Authorization Server Binding").
 */
export const configuredClient = (
  backend: string,
  { authority, oauth, record }: Pick<Registering, "authority" | "oauth" | "record">
): Effect.Effect<OAuthClient | undefined, OAuthProblem> => {
  if (oauth.clientId === undefined) return Effect.succeed(undefined)
  if (record.issuer === undefined || record.issuer === authority.issuer) return Effect.succeed({ id: oauth.clientId })
  const change = `the server now names the authorization server ${authority.issuer}, which was ${record.issuer}`
  const remedy = `if client_id is meant for it, run \`sentinel logout ${backend}\``
  return Effect.fail(new OAuthProblem({ reason: `${change}; ${remedy}` }))
}

/**
 * Who the gateway is to this authorization server: as registered earlier with this redirect URI, or registered now
 * (RFC 7591).
 */
export const registeredClient = (
  { authority, http, record, sdk }: Registering,
  redirectUri: string,
  scope: string | undefined
): Effect.Effect<OAuthClient, OAuthProblem> => {
  const { client } = record
  if (client !== undefined && record.issuer === authority.issuer && client.redirectUri === redirectUri) {
    return Effect.succeed(client)
  }
  const { metadata } = authority
  if (metadata.registration_endpoint === undefined) {
    const reason = `the authorization server ${authority.issuer} registers no clients; register one there and set client_id`
    return Effect.fail(new OAuthProblem({ reason }))
  }
  const clientMetadata = {
    client_name: clientName,
    redirect_uris: [redirectUri],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    // Left out it means "web", which may not use loopback addresses (OpenID Connect Registration, 2).
    application_type: "native",
    token_endpoint_auth_method: methodFor(metadata.token_endpoint_auth_methods_supported)
  }
  return step(`registering with ${authority.issuer}`, http, () =>
    sdk.registerClient(authority.issuer, {
      metadata,
      clientMetadata,
      fetchFn: http.fetch,
      ...(scope !== undefined && { scope })
    })
  ).pipe(
    Effect.map(({ client_id: id, client_secret: secret, token_endpoint_auth_method: method }) => ({
      id,
      redirectUri,
      ...(secret !== undefined && { secret }),
      ...(method !== undefined && { method })
    }))
  )
}

/** A program on somebody's machine keeps no secret (RFC 8252, 8.4); but some servers know nothing else. */
const methodFor = (supported: ReadonlyArray<string> | undefined): string => {
  if (supported === undefined || supported.includes("none")) return "none"
  return supported.includes("client_secret_basic") ? "client_secret_basic" : "client_secret_post"
}
