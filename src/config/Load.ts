import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Decoded } from "./Configuration.ts"
import { decode } from "./Decode.ts"
import { defaults } from "./Defaults.ts"
import type { Environment } from "./Document.ts"
import { InvalidConfiguration, locate, type Problem } from "./Problem.ts"
import { configBytesMax, readText } from "./ReadText.ts"

/**
 * Reads and decodes a configuration file; without a file, the embedded defaults. Succeeds with what is valid, whether
 * or not this version can do it all: ask `unsupported` before starting anything.
 *
 * Fails with `InvalidConfiguration`, which carries every problem; its message is ready for a terminal.
 */
export const load = Effect.fnUntraced(function* (file: string | undefined, environment: Environment) {
  const decoded = yield* Effect.sync(() =>
    file === undefined ? defaults(environment) : Result.flatMap(read(file), (text) => decode(text, file, environment))
  )
  if (Result.isFailure(decoded)) return yield* new InvalidConfiguration({ problems: decoded.failure })
  return decoded.success satisfies Decoded
})

const read = (file: string): Result.Result<string, ReadonlyArray<Problem>> =>
  Result.mapError(readText(file, configBytesMax), (found) => [
    locate(file, undefined, {
      path: [],
      found,
      allowed: `a TOML file of at most ${configBytesMax} bytes that this user may read`,
      advice: "correct the path (--config or $SENTINEL_CONFIG), or create the file: config/sentinel.toml is an example"
    })
  ])
