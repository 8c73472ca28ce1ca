import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { forkIn } from "../kernel/Fork.ts"
import type { Challenge, Credentials, CredentialsError } from "./Credentials.ts"

/** Asks for other credentials. `done` gets `undefined` when they have changed, or why there are none. */
export type AskCredentials = (challenge: Challenge, done: (refusal: string | undefined) => void) => void

/** Credentials that never change: the backend's headers are all there is. */
export const noCredentials: Credentials = { headers: () => none, refused: () => Effect.succeed(false) }

const none: Readonly<Record<string, string>> = {}

/** Lets the synchronous transport ask; what is under way ends with the scope. */
export const askIn = (backend: string, credentials: Credentials): Effect.Effect<AskCredentials, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    // With the gateway's logger: without it, what is logged goes to stdout, in the middle of MCP.
    const run = Effect.runForkWith(yield* Effect.context<never>())
    return (challenge, done) => {
      const asking = Effect.result(credentials.refused(challenge))
      run(forkIn(scope, `credentials of ${backend}`, asking, (exit) => done(refusalIn(exit, challenge, backend))))
    }
  })

/** Why there are no other credentials; `undefined`: there are. */
const refusalIn = (
  exit: Exit.Exit<Result.Result<boolean, CredentialsError>>,
  challenge: Challenge,
  backend: string
): string | undefined => {
  if (Exit.isFailure(exit)) return "could not be given credentials; the log says why"
  const { value: result } = exit
  if (Result.isFailure(result)) return result.failure.reason
  return result.success ? undefined : refusedWords(challenge, backend)
}

const refusedWords = ({ status }: Challenge, backend: string): string =>
  `refused the gateway's credentials (HTTP status ${status}): correct bearer_env or headers_env in the [[backends]] ` +
  `section "${backend}", or configure oauth there and run: sentinel login ${backend}`
