import * as Effect from "effect/Effect"
import { isJsonObject } from "../domain/Json.ts"
import type { OAuthFetch } from "./OAuthFetch.ts"
import { OAuthProblem } from "./OAuthProblem.ts"
import { blank } from "./OAuthSecrets.ts"
import { quoted } from "./Quoted.ts"

/**
 * The official SDK's OAuth client, loaded when tokens must be had and not before: it costs 26 MB and 90 ms.
 *
 * Its parts are used, not its `auth()`: that one takes an authorization server's word for who it is, does not compare
 * `iss`, and throws stored tokens away and begins anew where a person should hear of it.
 */
export const loadSdk = Effect.promise(() => import("@modelcontextprotocol/sdk/client/auth.js"))

export type Sdk = Effect.Success<typeof loadSdk>

/** What an authorization server says of an error (RFC 6749, 5.2). */
interface Refusal {
  readonly code: string
  readonly description: string
}

/**
 * Runs one step of the SDK. Its errors can quote what the server sent, tokens included, so the reason is made from the
 * last answer instead; `secrets`, and those that `http` knows, are blanked out of the server's words.
 */
export const step = <A>(
  doing: string,
  { answered, forget, secrets: sent }: OAuthFetch,
  run: () => Promise<A>,
  secrets: ReadonlyArray<string | undefined> = []
): Effect.Effect<A, OAuthProblem> =>
  Effect.tryPromise({
    try: () => {
      forget()
      return run()
    },
    catch: (error) =>
      error instanceof OAuthProblem ? error : problemOf(doing, answered(), error, [...sent(), ...secrets])
  })

const problemOf = (
  doing: string,
  answered: ReturnType<OAuthFetch["answered"]>,
  error: unknown,
  secrets: ReadonlyArray<string | undefined>
): OAuthProblem => {
  if (answered === undefined) {
    const words = error instanceof Error ? error.message : String(error)
    return new OAuthProblem({ reason: `${doing}: ${quoted(blank(words, secrets))}` })
  }
  const { body, status } = answered
  if (status >= 200 && status < 300) return new OAuthProblem({ reason: `${doing}: the answer makes no sense` })
  const refusal = refusalIn(body)
  const said =
    refusal === undefined ? "" : ` ${quoted(blank(`${refusal.code} ${refusal.description}`.trim(), secrets))}`
  return new OAuthProblem({
    reason: `${doing}: HTTP ${status}${said}`,
    ...(refusal !== undefined && { code: refusal.code }),
    transient: status >= 500 || status === 429
  })
}

const refusalIn = (body: string): Refusal | undefined => {
  try {
    const content: unknown = JSON.parse(body)
    if (!isJsonObject(content)) return undefined
    const { error, error_description: description } = content
    if (typeof error !== "string") return undefined
    return { code: error, description: typeof description === "string" ? description : "" }
  } catch {
    return undefined
  }
}
