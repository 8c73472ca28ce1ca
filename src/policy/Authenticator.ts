import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { localPrincipal } from "../domain/Principal.ts"
import type { Principal } from "../domain/Principal.ts"

/** What an HTTP request shows of who sends it. */
export interface Shown {
  /** The `Authorization` header as it came. */
  readonly authorization: string | undefined
  /** The address at the other end of the connection, as the operating system tells it. */
  readonly remoteAddress: string | undefined
}

/** The request is refused with 401; `reason` goes to the log, never to the caller. */
export class Unauthenticated extends Schema.TaggedError<Unauthenticated>()("Unauthenticated", {
  reason: Schema.String
}) {
  override get message(): string {
    return `not authenticated: ${this.reason}`
  }
}

/** Says who calls. Asked for every HTTP request, before anything else is done with it. */
export type Authenticate = (shown: Shown) => Effect.Effect<Principal, Unauthenticated>

/**
 * Who an HTTP client is. Without a Layer of one's own everyone is the local user, which is why the gateway then serves
 * loopback addresses only.
 */
export const Authenticator: Context.Reference<Authenticate> = Context.Reference("sentinel/policy/Authenticator", {
  defaultValue: (): Authenticate => () => Effect.succeed(localPrincipal)
})
