import type {
  AuthorizationServerMetadata,
  OAuthProtectedResourceMetadata
} from "@modelcontextprotocol/sdk/shared/auth.js"
import * as Effect from "effect/Effect"
import { isJsonObject } from "../domain/Json.ts"
import type { BearerChallenge } from "./OAuthChallenge.ts"
import { type OAuthFetch, isSecure } from "./OAuthFetch.ts"
import { OAuthProblem } from "./OAuthProblem.ts"
import { type Sdk, step } from "./OAuthSdk.ts"
import { quoted } from "./Quoted.ts"

/** Who gives tokens for one server, as the server and they themselves say it. */
export interface Authority {
  /** As the authorization server spells it: compared letter by letter (RFC 9207, 2.4). */
  readonly issuer: string
  readonly metadata: AuthorizationServerMetadata
  /** Its answers to a browser say that they are from it (RFC 9207, 3). */
  readonly saysIssuer: boolean
  /** What tokens are asked for (RFC 8707): the server's own identifier, as it spells it. */
  readonly resource: string
  /** All that the server knows, space separated. */
  readonly resourceScopes: string | undefined
}

export interface Discovering {
  readonly sdk: Sdk
  readonly http: OAuthFetch
  /** The server's URL by the configuration. */
  readonly url: string
  readonly challenge: BearerChallenge
  /** The authorization server in use, which stays if the server still names it. */
  readonly issuer: string | undefined
}

/**
 * Finds the authorization server of an MCP server (MCP, basic/authorization, "Authorization Server Discovery"): by the
 * server's metadata, which must be about this server; then by the authorization server's, which must be about itself. A
 * server without metadata is its own authorization server, as in 2025-03-26.
 */
export const discover = Effect.fnUntraced(function* (from: Discovering) {
  const { http, issuer, sdk, url } = from
  const about = yield* aboutServer(from)
  const servers = about?.authorization_servers ?? []
  const named = servers.find((server) => server === issuer) ?? servers[0] ?? new URL(url).origin
  const found = yield* step(`the metadata of the authorization server ${quoted(named)}`, http, () =>
    sdk
      .discoverAuthorizationServerMetadata(named, { fetchFn: http.fetch })
      .then((metadata) => metadata && { metadata, saysIssuer: saysIssuer(http.answered()?.body ?? "") })
  )
  if (found === undefined) return yield* problem(`the authorization server ${quoted(named)} publishes no metadata`)
  const { metadata } = found
  // RFC 8414, 3.3. The slash at the end is left out of the URL that the document is fetched from.
  if (metadata.issuer !== named && `${metadata.issuer}/` !== named) {
    const other = quoted(metadata.issuer)
    return yield* problem(`the metadata of the authorization server ${quoted(named)} is about another one, ${other}`)
  }
  const authority: Authority = {
    issuer: metadata.issuer,
    saysIssuer: found.saysIssuer,
    metadata: yield* usable(metadata),
    resource: about?.resource ?? withoutFragment(url),
    resourceScopes: about?.scopes_supported?.join(" ")
  }
  return authority
})

/** Read from the document itself: of an OpenID provider's, the SDK keeps only what it knows. Throws. */
const saysIssuer = (document: string): boolean => {
  const content: unknown = JSON.parse(document)
  return isJsonObject(content) && content["authorization_response_iss_parameter_supported"] === true
}

const problem = (reason: string): OAuthProblem => new OAuthProblem({ reason })

const withoutFragment = (url: string): string => url.replace(/#.*$/, "")

/** What the server says about itself (RFC 9728); undefined: it says nothing. */
export const aboutServer = Effect.fnUntraced(function* ({ challenge, http, sdk, url }: Discovering) {
  const place = challenge.resourceMetadata
  if (place !== undefined && !URL.canParse(place)) return yield* problem("the server's resource_metadata is no URL")
  const found: OAuthProtectedResourceMetadata | undefined = yield* step("the server's resource metadata", http, () =>
    sdk.discoverOAuthProtectedResourceMetadata(
      url,
      place === undefined ? {} : { resourceMetadataUrl: place },
      http.fetch
    )
  ).pipe(
    Effect.catch((error) =>
      place === undefined && http.answered()?.status === 404 ? Effect.succeed(undefined) : error
    )
  )
  if (found !== undefined && !isAbout(found.resource, url)) {
    return yield* problem(`the server's resource metadata is about another server, ${quoted(found.resource)}`)
  }
  return found
})

/** RFC 9728, 3.3; a server may describe itself by its origin, or by a path above the one it is reached under. */
const isAbout = (resource: string, url: string): boolean => {
  if (!URL.canParse(resource)) return false
  const [about, server] = [new URL(resource), new URL(url)]
  const directory = (path: string) => (path.endsWith("/") ? path : `${path}/`)
  return about.origin === server.origin && directory(server.pathname).startsWith(directory(about.pathname))
}

/** Refuses endpoints in the clear, where the SDK would go or send a browser. */
const usable = (metadata: AuthorizationServerMetadata): Effect.Effect<AuthorizationServerMetadata, OAuthProblem> => {
  const endpoints = [metadata.authorization_endpoint, metadata.token_endpoint, metadata.registration_endpoint]
  const bad = endpoints.find((endpoint) => endpoint !== undefined && !isSecure(new URL(endpoint)))
  return bad === undefined ? Effect.succeed(metadata) : Effect.fail(problem(`${quoted(bad)} is not https`))
}
