import * as Effect from "effect/Effect"
import type { Authority } from "./OAuthDiscovery.ts"
import { OAuthProblem } from "./OAuthProblem.ts"
import { quoted } from "./Quoted.ts"

/**
 * The code in what the browser brought back. Who sent it is checked before anything else in it is looked at, letter by
 * letter (RFC 9207, 2.4; MCP, basic/authorization, "Authorization Response Validation"): with an answer of another
 * authorization server the code, or the words of the error, are not to be trusted.
 */
export const codeIn = (
  answer: URLSearchParams,
  { issuer, saysIssuer }: Pick<Authority, "issuer" | "saysIssuer">
): Effect.Effect<string, OAuthProblem> => {
  const fail = (reason: string) => Effect.fail(new OAuthProblem({ reason }))
  const iss = answer.get("iss")
  if (iss === null && saysIssuer) {
    return fail(`the answer does not say that it is from ${issuer}, as that one's answers do; nothing was sent to it`)
  }
  if (iss !== null && iss !== issuer) {
    return fail(`the answer is from ${quoted(iss)}, and the question went to ${issuer}; nothing was sent to either`)
  }
  const error = answer.get("error")
  if (error !== null) {
    const description = answer.get("error_description") ?? ""
    return fail(`the authorization server refused: ${quoted(`${error} ${description}`.trim())}`)
  }
  const code = answer.get("code")
  return code === null || code === "" ? fail("the answer brought no code") : Effect.succeed(code)
}
