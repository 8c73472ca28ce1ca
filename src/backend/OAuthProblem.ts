import * as Schema from "effect/Schema"

/** Tokens could not be had. `reason` holds no secret: it reaches the terminal, the log and the status. */
export class OAuthProblem extends Schema.TaggedError<OAuthProblem>()("OAuthProblem", {
  reason: Schema.String,
  /** The authorization server's own word for it (RFC 6749, 5.2), if it gave one. */
  code: Schema.optionalKey(Schema.String),
  /** The same may succeed in a moment: nothing was decided. */
  transient: Schema.optionalKey(Schema.Boolean)
}) {
  override get message(): string {
    return this.reason
  }
}
