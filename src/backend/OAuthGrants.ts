import type { OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js"
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js"
import * as Effect from "effect/Effect"
import type { OAuthSettings } from "../domain/BackendSpec.ts"
import type { Authority } from "./OAuthDiscovery.ts"
import type { OAuthFetch } from "./OAuthFetch.ts"
import { isPrivateKey, provingByKey } from "./OAuthKey.ts"
import { OAuthProblem } from "./OAuthProblem.ts"
import { type Sdk, step } from "./OAuthSdk.ts"
import type { OAuthClient, Tokens } from "./TokenFile.ts"

/** Longest access token that is sent with every request, characters. */
export const accessTokenChars = 16 * 1024

/** Everything a token request needs to know. */
export interface Asking {
  readonly sdk: Sdk
  readonly http: OAuthFetch
  readonly authority: Authority
  readonly oauth: OAuthSettings
  readonly client: OAuthClient
}

/** New tokens for a refresh token; it stays if no other comes with them (OAuth 2.1, 4.3). */
export const refreshed = (asking: Asking, refreshToken: string, scope: string | undefined) =>
  tokensBy(asking, "refreshing the token", scope, [refreshToken], ({ refreshAuthorization }, common) =>
    refreshAuthorization(asking.authority.issuer, { ...common, refreshToken })
  )

/** Tokens for the gateway itself (OAuth 2.1, 4.2). */
export const ownTokens = (asking: Asking, scope: string | undefined) =>
  tokensBy(asking, "asking for a token", scope, [], ({ fetchToken }, { clientInformation, ...common }) =>
    fetchToken(
      {
        ...withoutBrowser,
        redirectUrl: undefined,
        clientMetadata: { redirect_uris: [], ...(scope !== undefined && { scope }) },
        clientInformation: () => clientInformation,
        prepareTokenRequest: (asked) =>
          new URLSearchParams({ grant_type: "client_credentials", ...(asked !== undefined && { scope: asked }) }),
        ...(common.addClientAuthentication !== undefined && {
          addClientAuthentication: common.addClientAuthentication
        })
      },
      asking.authority.issuer,
      common
    )
  )

/** Tokens for the code that the browser brought back (OAuth 2.1, 4.1.3). */
export const exchanged = (
  asking: Asking,
  code: { readonly code: string; readonly verifier: string; readonly redirectUri: string },
  scope: string | undefined
) =>
  tokensBy(asking, "exchanging the code", scope, [code.code, code.verifier], ({ exchangeAuthorization }, common) =>
    exchangeAuthorization(asking.authority.issuer, {
      ...common,
      authorizationCode: code.code,
      codeVerifier: code.verifier,
      redirectUri: code.redirectUri
    })
  )

/** Parts of the SDK's provider that are there for its own flow only. */
const withoutBrowser: Pick<
  OAuthClientProvider,
  "tokens" | "saveTokens" | "redirectToAuthorization" | "saveCodeVerifier" | "codeVerifier"
> = {
  tokens: () => undefined,
  saveTokens: () => {},
  redirectToAuthorization: () => {},
  saveCodeVerifier: () => {},
  codeVerifier: () => ""
}

const commonOf = ({ authority, client, http, oauth }: Asking) => {
  const { id, method, secret = oauth.clientSecret } = client
  const key = secret !== undefined && isPrivateKey(secret) ? secret : undefined
  return {
    metadata: authority.metadata,
    clientInformation: {
      client_id: id,
      issuer: authority.issuer,
      ...(secret !== undefined && key === undefined && { client_secret: secret }),
      ...(method !== undefined && { token_endpoint_auth_method: method })
    },
    resource: authority.resource,
    fetchFn: http.fetch,
    ...(key !== undefined && { addClientAuthentication: provingByKey(id, key, authority.issuer) })
  }
}

const tokensBy = (
  asking: Asking,
  doing: string,
  scope: string | undefined,
  secrets: ReadonlyArray<string>,
  ask: (sdk: Sdk, common: ReturnType<typeof commonOf>) => Promise<OAuthTokens>
): Effect.Effect<Tokens, OAuthProblem> => {
  const { id, secret = asking.oauth.clientSecret } = asking.client
  const hidden = [...secrets, secret, `${id}:${secret}`]
  return Effect.flatMap(
    step(doing, asking.http, () => ask(asking.sdk, commonOf(asking)), hidden),
    (tokens) => toTokens(doing, tokens, scope)
  )
}

/** A scope that is not told is the one that was asked for (RFC 6749, 5.1). */
const toTokens = (
  doing: string,
  { access_token: access, refresh_token: refresh, scope: granted, token_type: type }: OAuthTokens,
  asked: string | undefined
): Effect.Effect<Tokens, OAuthProblem> => {
  if (type.toLowerCase() !== "bearer") return unusable(`${doing}: the token is not a bearer token`)
  if (!/^[\x21-\x7e]+$/.test(access) || access.length > accessTokenChars) return unusable(`${doing}: no token to send`)
  const scope = granted ?? asked
  return Effect.succeed({ access, ...(refresh !== undefined && { refresh }), ...(scope !== undefined && { scope }) })
}

const unusable = (reason: string): Effect.Effect<never, OAuthProblem> => Effect.fail(new OAuthProblem({ reason }))
