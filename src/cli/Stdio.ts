import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Configuration } from "../config/Configuration.ts"
import { serveStdio } from "../edge/StdioEdge.ts"
import { Gateway } from "../gateway/Gateway.ts"
import { StopMode } from "../backend/StopMode.ts"
import { treeLayer } from "./Tree.ts"

/** `sentinel stdio`: serves one client on stdin and stdout until it goes away. */
export const stdio = (configuration: Configuration): Effect.Effect<void, Error, StopMode> =>
  Effect.gen(function* () {
    const gateway = yield* Gateway
    const { hurry } = yield* StopMode
    const served = Effect.scoped(
      serveStdio({ input: process.stdin, output: process.stdout }, configuration.bounds.frameBytes)
    )
    yield* Effect.raceFirst(served, gateway.failed)
    // The client has gone: nobody waits for a slow goodbye of the backends.
    yield* hurry
  }).pipe(Effect.provide(Layer.fresh(treeLayer(configuration))))
