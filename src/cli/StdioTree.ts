import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { StopMode } from "../backend/StopMode.ts"
import type { Configuration } from "../config/Configuration.ts"
import type { StdioStreams } from "../edge/ClientLine.ts"
import { serveStdio } from "../edge/StdioEdge.ts"
import { Gateway } from "../gateway/Gateway.ts"
import type { RouterEnded } from "../gateway/Gateway.ts"
import { treeLayer } from "./Tree.ts"

/** A gateway with backends of its own, for as long as the scope. */
export const ownGateway = (
  configuration: Configuration
): Effect.Effect<Gateway["Service"], never, StopMode | Scope.Scope> =>
  Effect.gen(function* () {
    const tree = yield* Layer.build(Layer.fresh(treeLayer(configuration)))
    // It is over when its client has gone: nobody waits for a slow goodbye of the backends.
    yield* Effect.addFinalizer(() => StopMode.use(({ hurry }) => hurry))
    return Context.get(tree, Gateway)
  })

/** Serves one client by a gateway with backends of its own. */
export const serveAlone = (
  streams: StdioStreams,
  configuration: Configuration
): Effect.Effect<void, RouterEnded, StopMode> =>
  Effect.gen(function* () {
    const gateway = yield* ownGateway(configuration)
    const served = serveStdio(streams, configuration.bounds.frameBytes)
    yield* Effect.raceFirst(Effect.scoped(served).pipe(Effect.provideService(Gateway, gateway)), gateway.failed)
  }).pipe(Effect.scoped)
