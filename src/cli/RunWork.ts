import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { StopMode } from "../backend/StopMode.ts"
import { CommandFailure, endedWith } from "./CommandFailure.ts"
import { ConfigOption, JsonOption, LogLevelOption } from "./Options.ts"
import type { CommandOptions } from "./OwnGateway.ts"
import { printFailure } from "./Print.ts"

/** What a command does, in a chunk of its own: help must not wait for the gateway's code to load. */
export type Work = (options: CommandOptions) => Effect.Effect<void, CommandFailure, StopMode>

/** Runs a command's work with the global options; with `--json` a failure is JSON on stdout as well. */
export const run = (work: Effect.Effect<Work>, speaksMcp = false) =>
  Effect.gen(function* () {
    const json = yield* JsonOption
    const config = Option.getOrUndefined(yield* ConfigOption)
    const logLevel = Option.getOrUndefined(yield* LogLevelOption)
    const command = yield* work
    yield* command({ config, json, logLevel }).pipe(
      Effect.catch((failure) =>
        json && !speaksMcp ? Effect.andThen(printFailure(failure), endedWith(failure.exitCode)) : failure
      )
    )
  })
