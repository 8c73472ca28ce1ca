import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { HttpLaunch, OAuthSettings } from "../domain/BackendSpec.ts"
import { type Challenge, CredentialsError } from "./Credentials.ts"
import { type BearerChallenge, covers, readChallenge, scopeUnion } from "./OAuthChallenge.ts"
import { type Authority, discover } from "./OAuthDiscovery.ts"
import { answerMillis, type Guard, openFetch } from "./OAuthFetch.ts"
import { type Asking, ownTokens, refreshed } from "./OAuthGrants.ts"
import { OAuthProblem } from "./OAuthProblem.ts"
import { configuredClient } from "./OAuthRegistration.ts"
import { loadSdk } from "./OAuthSdk.ts"
import { secretsKept } from "./OAuthSecrets.ts"
import type { OAuthClient, TokenFile, TokenRecord, Tokens } from "./TokenFile.ts"

/** An authorization server that can't be reached, or is overloaded, is asked again so often. */
export const renewalRetries = 2
/** How long after the first time; twice as long after each other. */
export const renewalRetryMillis = 250

export interface Renewing {
  readonly backend: string
  readonly launch: Pick<HttpLaunch, "url">
  readonly oauth: OAuthSettings
  readonly guard: Guard
  readonly file: TokenFile
}

/**
 * Gets other tokens than those that were refused, without a person, and puts them on record; a failure says what a person
 * has to do. To be run while no other gateway does the same: `held` is what this one sent, and a record with other tokens
 * is already what is looked for.
 */
export const renew = Effect.fnUntraced(function* (renewing: Renewing, challenge: Challenge, held: string | undefined) {
  const { file, oauth } = renewing
  const record = yield* Effect.mapError(Effect.fromResult(file.read()), asCredentials)
  if (record.tokens !== undefined && record.tokens.access !== held) return record
  const asked = readChallenge(challenge.header)
  if (challenge.status === 403) yield* Effect.mapError(canStepUp(renewing, record, asked), asCredentials)
  const next =
    oauth.grant === "client_credentials" ? byItself(renewing, record, asked) : byRefresh(renewing, record, asked)
  const renewed = yield* next.pipe(
    Effect.retry({
      while: ({ transient }) => transient === true,
      times: renewalRetries,
      schedule: Schedule.exponential(renewalRetryMillis)
    }),
    Effect.mapError(asCredentials)
  )
  yield* save(file, renewed)
  return renewed
})

/** Whether more scope would help with a 403, and may be asked for (MCP, "Step-Up Authorization Flow"). */
const canStepUp = Effect.fnUntraced(function* (renewing: Renewing, record: TokenRecord, asked: BearerChallenge) {
  const { oauth } = renewing
  if (asked.error !== "insufficient_scope" || asked.scope === undefined) return yield* failure("the server forbids it")
  if (record.tokens !== undefined && covers(record.tokens.scope, asked.scope)) {
    return yield* failure(`the server forbids it, though the token has the scope that it wants (${asked.scope})`)
  }
  if (oauth.scope !== undefined && !covers(oauth.scope, asked.scope)) {
    return yield* failure(
      `the server wants the scope "${asked.scope}"; if it is to have it, add it to the configured scope`
    )
  }
  if (oauth.grant === "authorization_code") return yield* loginNeeded(renewing, record, asked)
})

export const asCredentials = ({ reason }: OAuthProblem | CredentialsError): CredentialsError =>
  new CredentialsError({ reason })

const failure = (reason: string): CredentialsError => new CredentialsError({ reason })

/** Client credentials: the gateway is the one who is granted. */
const byItself = Effect.fnUntraced(function* (renewing: Renewing, record: TokenRecord, asked: BearerChallenge) {
  const { authority, client, ...tools } = yield* atAuthority(renewing, record, asked)
  if (client === undefined) return yield* new OAuthProblem({ reason: "client_credentials needs a client_id" })
  const needed = scopeUnion(record.tokens?.scope, asked.scope ?? authority.resourceScopes)
  const tokens = yield* ownTokens({ ...tools, authority, client }, renewing.oauth.scope ?? needed)
  return recordOf(renewing, authority, client, tokens)
})

/** Authorization code: what a person granted once is used on. */
const byRefresh = Effect.fnUntraced(function* (renewing: Renewing, record: TokenRecord, asked: BearerChallenge) {
  const { tokens } = record
  const needed = loginNeeded(renewing, record, asked)
  if (tokens?.refresh === undefined || record.client === undefined) return yield* needed
  const { authority, client = record.client, ...tools } = yield* atAuthority(renewing, record, asked)
  if (authority.issuer !== record.issuer) return yield* needed
  const asking: Asking = { ...tools, authority, client }
  const next = yield* refreshed(asking, tokens.refresh, tokens.scope).pipe(
    Effect.catch((problem) => (isFinal(problem) ? forgetRefresh(renewing, record, asked, problem) : problem))
  )
  return recordOf(renewing, authority, client, next)
})

/** The errors after which the same refresh token will never do (RFC 6749, 5.2). */
const isFinal = ({ code }: OAuthProblem): boolean =>
  code === "invalid_grant" || code === "invalid_client" || code === "unauthorized_client"

const forgetRefresh = (renewing: Renewing, record: TokenRecord, asked: BearerChallenge, problem: OAuthProblem) => {
  const { client, tokens, ...others } = record
  const kept = tokens === undefined ? {} : { tokens: withoutRefresh(tokens) }
  const known = problem.code === "invalid_grant" && client !== undefined ? { client } : {}
  return loginNeeded(renewing, { ...others, ...known, ...kept }, asked, problem.reason)
}

const withoutRefresh = ({ access, scope }: Tokens): Tokens => ({ access, ...(scope !== undefined && { scope }) })

const atAuthority = Effect.fnUntraced(function* (renewing: Renewing, record: TokenRecord, challenge: BearerChallenge) {
  const sdk = yield* loadSdk
  const { backend, guard, launch, oauth } = renewing
  const http = openFetch(guard, answerMillis, secretsKept(record, oauth))
  const authority = yield* discover({ sdk, http, url: launch.url, challenge, issuer: record.issuer })
  const client = yield* configuredClient(backend, { authority, oauth, record })
  return { sdk, http, oauth, authority, client }
})

const recordOf = ({ launch, oauth }: Renewing, authority: Authority, client: OAuthClient, tokens: Tokens) => {
  const record: TokenRecord = { url: launch.url, grant: oauth.grant, issuer: authority.issuer, client, tokens }
  return record
}

/** Puts on record what the server wants, for the login, and asks for that. */
const loginNeeded = Effect.fnUntraced(function* (
  { backend, file }: Renewing,
  record: TokenRecord,
  { resourceMetadata, scope }: BearerChallenge,
  why?: string
) {
  const wanted = { ...(scope !== undefined && { scope }), ...(resourceMetadata !== undefined && { resourceMetadata }) }
  yield* save(file, { ...record, wanted }).pipe(Effect.catch(({ message }) => Effect.logWarning(message)))
  const wants =
    record.tokens === undefined ? "a token" : scope === undefined ? "another token" : `a token for "${scope}"`
  const reason = why ?? `the server wants ${wants}`
  return yield* new OAuthProblem({ reason: `${reason}: run \`sentinel login ${shellWord(backend)}\`` })
})

const shellWord = (name: string): string => (/^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`)

const save = (file: TokenFile, record: TokenRecord): Effect.Effect<void, CredentialsError> =>
  Effect.try({
    try: () => file.write(record),
    catch: (cause) => failure(`${file.path} could not be written: ${String(cause)}`)
  })
