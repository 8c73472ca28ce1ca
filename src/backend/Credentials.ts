import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A 401 or 403 of an HTTP backend: the server wants (other) credentials (RFC 9110, 11.6.1; MCP, basic/authorization). */
export interface Challenge {
  readonly status: 401 | 403
  /** Its `WWW-Authenticate`, bounded; several of them are joined with commas. */
  readonly header: string | undefined
}

/** New credentials could not be had. `reason` says what to do, without any secret: it reaches the log and the status. */
export class CredentialsError extends Schema.TaggedError<CredentialsError>()("CredentialsError", {
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

/** What the requests to one backend carry to prove who the gateway is. Never a client's token (INV-4). */
export interface Credentials {
  /** Asked for each request; synchronous, for the hot path. */
  readonly headers: () => Readonly<Record<string, string>>
  /**
   * The server refused them. True: they have changed, and the request (which the server did not work on) may go out
   * once more. False or a failure: the backend is parked with that reason.
   */
  readonly refused: (challenge: Challenge) => Effect.Effect<boolean, CredentialsError>
  /** Ends when there are others than those in use: somebody has logged in. Without it they never change by themselves. */
  readonly renewed?: Effect.Effect<void>
}
