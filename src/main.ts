import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as module from "node:module"
import { StopMode } from "./backend/StopMode.ts"
import { logLayer, packageRoot } from "./cli/Tree.ts"
import { stdio } from "./cli/Stdio.ts"
import { load } from "./config/Load.ts"
import { findFile } from "./config/Locate.ts"

module.enableCompileCache()
const at = process.argv.indexOf("--config")
const file = findFile({ option: at > 0 ? process.argv[at + 1] : undefined, environment: process.env, packageRoot })
const program = Effect.gen(function* () {
  const { configuration } = yield* load(file, process.env)
  const mode = yield* StopMode
  process.on("SIGTERM", () => Effect.runFork(mode.hurry.pipe(Effect.andThen(Fiber.interrupt(fiber)))))
  process.on("SIGINT", () => Effect.runFork(mode.hurry.pipe(Effect.andThen(Fiber.interrupt(fiber)))))
  yield* stdio(configuration).pipe(Effect.provide(logLayer(configuration.logLevel)))
}).pipe(Effect.provide(StopMode.layer))
const fiber = Effect.runFork(program)
fiber.addObserver((exit) => {
  module.flushCompileCache()
  if (exit._tag === "Failure") process.stderr.write(String(exit.cause) + "\n")
  process.exit(0)
})
