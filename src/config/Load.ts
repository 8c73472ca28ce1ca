import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Decoded } from "./Configuration.ts"
import { examine, type Examined } from "./Decode.ts"
import { defaults } from "./Defaults.ts"
import type { Environment } from "./Document.ts"
import { InvalidConfiguration, locate, type Problem } from "./Problem.ts"
import { configBytesMax, readText } from "./ReadText.ts"
import { unsupported } from "./Unsupported.ts"

/**
 * Reads and decodes a configuration file; without a file, the embedded defaults. Succeeds with what is valid, whether
 * or not this version can do it all: ask `unsupported` before starting anything.
 *
 * Fails with `InvalidConfiguration`, which carries every problem, also what is unsupported: nobody should mend what is
 * refused afterwards. Its message is ready for a terminal.
 */
export const load = Effect.fnUntraced(function* (file: string | undefined, environment: Environment) {
  const decoded = yield* Effect.sync(() => {
    if (file === undefined) return Result.mapError(defaults(environment), refusal)
    return read(file).pipe(
      Result.mapError(refusal),
      Result.flatMap((text) => judge(examine(text, file, environment)))
    )
  })
  if (Result.isFailure(decoded)) return yield* decoded.failure
  return decoded.success satisfies Decoded
})

const judge = ({ configuration, problems, stateDirectory }: Examined): Result.Result<Decoded, InvalidConfiguration> => {
  const isValid = !problems.some(({ severity }) => severity === "error")
  if (configuration !== undefined && isValid) return Result.succeed({ configuration, warnings: problems })
  const all = [...problems, ...(configuration === undefined ? [] : unsupported(configuration))]
  return Result.fail(
    refusal(
      all.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
      stateDirectory
    )
  )
}

const refusal = (problems: ReadonlyArray<Problem>, stateDirectory?: string): InvalidConfiguration =>
  new InvalidConfiguration({ problems, ...(stateDirectory !== undefined && { stateDirectory }) })

const read = (file: string): Result.Result<string, ReadonlyArray<Problem>> =>
  Result.mapError(readText(file, configBytesMax), (found) => [
    locate(file, undefined, {
      path: [],
      found,
      allowed: `a TOML file of at most ${configBytesMax} bytes that this user may read`,
      advice: "correct the path (--config or $SENTINEL_CONFIG), or create the file: config/sentinel.toml is an example"
    })
  ])
