import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { forkIn } from "../kernel/Fork.ts"
import type { Challenge, Credentials } from "./Credentials.ts"

/** Asks for other credentials. `done` gets `undefined` when they have changed, or why there are none. */
export type AskCredentials = (challenge: Challenge, done: (refusal: string | undefined) => void) => void

/** Credentials that never change: the backend's headers are all there is. */
export const noCredentials: Credentials = { headers: () => none, refused: () => Effect.succeed(false) }

const none: Readonly<Record<string, string>> = {}

/** Lets the synchronous transport ask; what is under way ends with the scope. */
export const askIn =
  (scope: Scope.Scope, backend: string, credentials: Credentials): AskCredentials =>
  (challenge, done) => {
    Effect.runFork(
      forkIn(scope, `credentials of ${backend}`, Effect.result(credentials.refused(challenge)), (exit) => {
        if (Exit.isFailure(exit)) return done("could not be given credentials; the log says why")
        const { value: result } = exit
        if (result._tag === "Failure") return done(result.failure.reason)
        done(result.success ? undefined : refusedWords(challenge, backend))
      })
    )
  }

const refusedWords = ({ status }: Challenge, backend: string): string =>
  `refused the gateway's credentials (HTTP status ${status}): correct bearer_env or headers_env in the [[backends]] ` +
  `section "${backend}", or configure oauth there and run: sentinel login ${backend}`
