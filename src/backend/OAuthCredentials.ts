import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { type Challenge, type Credentials, CredentialsError } from "./Credentials.ts"
import { asCredentials, renew, type Renewing } from "./OAuthRenewal.ts"
import { inTurn } from "./OAuthTurn.ts"
import { openTokenFile } from "./TokenFile.ts"

/** New tokens in `renewalWindowMillis`; a server that refuses more of them will refuse the next one too. */
export const renewalsMax = 5
export const renewalWindowMillis = 60_000
/** A refusal so soon after new tokens came is one of the old token's. */
export const lateRefusalMillis = 1_000
/** How long a renewal may take as a whole; less than the turn that it is done in. */
export const renewalMillis = 60_000
/** How often the token file is looked at while a login is waited for. */
export const loginLookMillis = 2_000

export interface OAuthCredentials extends Credentials {
  /** Takes over what the token file holds now: before a new connection, somebody may have logged in. */
  readonly reload: () => void
  /** Ends when the token file holds another token than the one in use. */
  readonly renewed: Effect.Effect<void>
}

export type OAuthBackend = Omit<Renewing, "file"> & { readonly stateDirectory: string }

const tooLong = {
  duration: renewalMillis,
  orElse: () => Effect.fail(new CredentialsError({ reason: `no new token within ${renewalMillis} ms` }))
}

interface Running {
  readonly status: Challenge["status"]
  /** `undefined`: it was interrupted, and decided nothing. */
  readonly end: Deferred.Deferred<Exit.Exit<boolean, CredentialsError> | undefined>
}

/**
 * A backend's tokens (MCP, basic/authorization), shared by all its connections: however many requests are refused at
 * once, tokens are renewed once. They are kept in the state directory, where `sentinel login` puts them and other gateways
 * find them; none is ever sent to another server than the one it was given for.
 */
export const openOAuthCredentials = (backend: OAuthBackend): OAuthCredentials => {
  const { launch, oauth, stateDirectory } = backend
  const file = openTokenFile(stateDirectory, { backend: backend.backend, url: launch.url, oauth })
  let held: string | undefined
  let headers: Readonly<Record<string, string>> = {}
  let running: Running | undefined
  let renewals: ReadonlyArray<number> = []

  const hold = (access: string | undefined) => {
    held = access
    headers = access === undefined ? {} : { authorization: `Bearer ${access}` }
  }
  const kept = () => Result.getOrElse(file.read(), () => undefined)?.tokens?.access
  const reload = () => hold(kept())
  reload()

  const renewal = Effect.fnUntraced(function* (challenge: Challenge) {
    const now = yield* Clock.currentTimeMillis
    renewals = renewals.filter((time) => now - time < renewalWindowMillis)
    if (challenge.status === 401 && now - (renewals.at(-1) ?? -Infinity) < lateRefusalMillis) return true
    if (renewals.length >= renewalsMax) {
      return yield* new CredentialsError({ reason: `the server refused ${renewalsMax} new tokens within a minute` })
    }
    const bounded = Effect.timeoutOrElse(renew({ ...backend, file }, challenge, held), tooLong)
    const record = yield* Effect.mapError(inTurn(file.path, bounded), asCredentials)
    renewals = [...renewals, yield* Clock.currentTimeMillis]
    hold(record.tokens?.access)
    return true
  })

  const refused = (challenge: Challenge): Effect.Effect<boolean, CredentialsError> =>
    Effect.uninterruptibleMask((restore) => {
      if (running !== undefined) {
        const { end, status } = running
        return Effect.flatMap(restore(Deferred.await(end)), (exit) =>
          exit === undefined || status !== challenge.status ? restore(refused(challenge)) : exit
        )
      }
      const end: Running["end"] = Deferred.makeUnsafe()
      running = { status: challenge.status, end }
      return Effect.onExit(restore(renewal(challenge)), (exit) =>
        Effect.sync(() => {
          running = undefined
          const interrupted = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
          Deferred.doneUnsafe(end, Effect.succeed(interrupted ? undefined : exit))
        })
      )
    })

  const unchanged = () => kept() === held
  const renewed = Effect.repeat(Effect.sleep(loginLookMillis), { while: unchanged })
  return { headers: () => headers, refused, reload, renewed: Effect.asVoid(renewed) }
}
