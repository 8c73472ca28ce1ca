import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { randomBytes } from "node:crypto"
import type { HttpLaunch, OAuthSettings } from "../domain/BackendSpec.ts"
import { codeIn } from "./OAuthAnswer.ts"
import { listenForCallback } from "./OAuthCallback.ts"
import { type BearerChallenge, scopeUnion } from "./OAuthChallenge.ts"
import { aboutServer, type Authority, discover } from "./OAuthDiscovery.ts"
import { answerMillis, type Guard, openFetch } from "./OAuthFetch.ts"
import { exchanged } from "./OAuthGrants.ts"
import { askWithoutToken } from "./OAuthProbe.ts"
import { OAuthProblem } from "./OAuthProblem.ts"
import { configuredClient, registeredClient } from "./OAuthRegistration.ts"
import { loadSdk, type Sdk, step } from "./OAuthSdk.ts"
import { secretsKept } from "./OAuthSecrets.ts"
import { inTurn } from "./OAuthTurn.ts"
import { openTokenFile, type TokenRecord } from "./TokenFile.ts"

/** How long a person has to say yes in the browser. */
export const loginMillis = 300_000

export interface LoginRequest {
  readonly backend: string
  readonly launch: Pick<HttpLaunch, "url" | "headers">
  readonly oauth: OAuthSettings
  readonly stateDirectory: string
  readonly guard: Guard
  /** Where the browser comes back to on 127.0.0.1; 0: where it did last time, or any free port. */
  readonly port: number
  readonly waitMillis: number
  /** Brings a person's browser to the URL. */
  readonly open: (url: string) => Effect.Effect<void>
}

export type LoginResult =
  | { readonly _tag: "NotAsked" }
  | {
      readonly _tag: "LoggedIn"
      readonly issuer: string
      /** Granted, space separated, if the server said so. */
      readonly scope: string | undefined
      readonly file: string
    }

/**
 * Gets tokens for a backend with the consent of a person (OAuth 2.1, 4.1, with PKCE; MCP, basic/authorization), and puts
 * them where the gateways of this state directory find them.
 */
export const login = Effect.fn("OAuthLogin.login")(function* (request: LoginRequest) {
  const { backend, guard, launch, oauth, stateDirectory } = request
  const file = openTokenFile(stateDirectory, { backend, url: launch.url, oauth })
  const record = yield* Effect.fromResult(file.read())
  const sdk = yield* loadSdk
  const http = openFetch(guard, answerMillis, secretsKept(record, oauth))
  const asked = yield* askWithoutToken(launch.url, launch.headers, guard)
  const challenge = toSatisfy(asked, record)
  const from = { sdk, http, url: launch.url, challenge, issuer: record.issuer }
  if (asked === undefined && record.wanted === undefined && (yield* aboutServer(from)) === undefined) {
    return { _tag: "NotAsked" } satisfies LoginResult
  }
  const authority = yield* discover(from)
  const renewed = yield* Effect.scoped(consented({ ...request, sdk, http, authority, record, challenge }))
  yield* inTurn(
    file.path,
    Effect.try({
      try: () => file.write(renewed),
      catch: (cause) => new OAuthProblem({ reason: `${file.path} could not be written: ${String(cause)}` })
    })
  )
  return {
    _tag: "LoggedIn",
    issuer: authority.issuer,
    scope: renewed.tokens?.scope,
    file: file.path
  } satisfies LoginResult
})

/** What the server asks for now, and what it asked the gateway for since the last login. */
const toSatisfy = (asked: BearerChallenge | undefined, { wanted }: TokenRecord): BearerChallenge => ({
  scope: scopeUnion(asked?.scope, wanted?.scope),
  resourceMetadata: asked?.resourceMetadata ?? wanted?.resourceMetadata,
  error: undefined
})

interface Consenting extends LoginRequest {
  readonly sdk: Sdk
  readonly http: ReturnType<typeof openFetch>
  readonly authority: Authority
  readonly record: TokenRecord
  readonly challenge: BearerChallenge
}

/** The new record: the person went through the browser, and the code was exchanged. */
const consented = Effect.fnUntraced(function* (login: Consenting) {
  const { authority, http, launch, oauth, sdk } = login
  const { issuer, metadata, resource } = authority
  if (metadata.code_challenge_methods_supported?.includes("S256") !== true) {
    return yield* problem(`the authorization server ${issuer} does not say that it supports PKCE with S256`)
  }
  const scope = scopeToAsk(login)
  const state = randomBytes(32).toString("base64url")
  const configured = yield* configuredClient(login.backend, login)
  const callback = yield* callbackAt(login, state)
  const { redirectUri } = callback
  const client = configured ?? (yield* registeredClient(login, redirectUri, scope))
  const started = yield* step("starting the login", http, () =>
    sdk.startAuthorization(issuer, {
      metadata,
      clientInformation: { client_id: client.id },
      redirectUrl: redirectUri,
      state,
      resource,
      ...(scope !== undefined && { scope })
    })
  )
  yield* login.open(started.authorizationUrl.href)
  const answer = yield* callback.answer.pipe(
    Effect.timeoutOrElse({
      duration: Duration.millis(login.waitMillis),
      orElse: () => Effect.fail(problem("nobody came back from the browser in time"))
    })
  )
  const code = yield* codeIn(answer, authority)
  const asking = { sdk, http, authority, oauth, client }
  const tokens = yield* exchanged(asking, { code, verifier: started.codeVerifier, redirectUri }, scope)
  const renewed: TokenRecord = { url: launch.url, grant: oauth.grant, issuer, client, tokens }
  return renewed
})

const problem = (reason: string): OAuthProblem => new OAuthProblem({ reason })

/**
 * A configured scope is what the operator wants to give, no more. Else what the server asks for, without losing what was
 * granted before, and leave to go on when nobody is there if the authorization server has a name for it.
 */
const scopeToAsk = ({ authority, challenge, oauth, record }: Consenting): string | undefined => {
  if (oauth.scope !== undefined) return oauth.scope
  const granted = record.issuer === authority.issuer ? record.tokens?.scope : undefined
  const needed = scopeUnion(challenge.scope ?? authority.resourceScopes, granted)
  const offline = authority.metadata.scopes_supported?.includes("offline_access") === true
  return needed !== undefined && offline ? scopeUnion(needed, "offline_access") : needed
}

/** A registered client has to come back where it said it would; where that port is taken it registers once more. */
const callbackAt = ({ port, record }: Consenting, state: string) => {
  const usual = Number(URL.parse(record.client?.redirectUri ?? "")?.port)
  if (port !== 0 || !(usual > 0)) return listenForCallback(state, port)
  return listenForCallback(state, usual).pipe(Effect.catch(() => listenForCallback(state, 0)))
}
