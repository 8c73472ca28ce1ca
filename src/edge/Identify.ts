import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { IncomingMessage } from "node:http"
import type { Principal } from "../domain/Principal.ts"
import type { Authenticate, Shown } from "../policy/Authenticator.ts"

/** Who sends a request, or why nobody knows. */
export type Identity = { readonly principal: Principal } | { readonly reason: string }

/**
 * Asks who sends a request. Most authenticators say it at once, without a fiber; one that has to ask somebody else gets
 * `limitMillis`, and the answer is an effect. One that throws, or names nobody, has not said who it is.
 */
export const identify = (
  authenticate: Authenticate,
  request: IncomingMessage,
  limitMillis: number
): Identity | Effect.Effect<Identity> => {
  try {
    const said = authenticate(new ShownBy(request))
    if (Exit.isExit(said)) return identityOf(said)
    return said.pipe(Effect.timeout(limitMillis), Effect.exit, Effect.map(identityOf))
  } catch (thrown) {
    return { reason: reasonOf(thrown) }
  }
}

/** What a request shows; the address is looked up only if somebody wants it. */
class ShownBy implements Shown {
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage) {
    this.#request = request
  }

  get authorization(): string | undefined {
    return this.#request.headers.authorization
  }

  get remoteAddress(): string | undefined {
    return this.#request.socket.remoteAddress
  }
}

/** An authenticator may be anybody's, and not every one is typed. */
const identityOf = (exit: Exit.Exit<unknown, unknown>): Identity => {
  if (Exit.isFailure(exit)) return { reason: reasonOf(Cause.squash(exit.cause)) }
  return isPrincipal(exit.value) ? { principal: exit.value } : { reason: "the authenticator names no principal" }
}

const isPrincipal = (value: unknown): value is Principal =>
  typeof value === "object" && value !== null && "id" in value && typeof value.id === "string"

const reasonOf = (why: unknown): string => (why instanceof Error ? why.message : "the authenticator failed")
