import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Timers } from "../kernel/Timers.ts"
import type { HttpOptions } from "./HttpConnector.ts"
import type { InstanceFile } from "./InstanceFile.ts"
import { StdioConnector } from "./StdioTransport.ts"
import type { StdioOptions } from "./StdioTransport.ts"
import { StopMode } from "./StopMode.ts"
import { Connector } from "./Transport.ts"

export interface ConnectorsOptions {
  readonly stdio: StdioOptions
  /** Asked for once, when the first HTTP backend is connected, so that what it needs is loaded then. */
  readonly http?: Effect.Effect<HttpOptions>
}

/** Opens each backend by the way that it is configured with: as a child process or over HTTP. */
export const Connectors = {
  layer: (options: ConnectorsOptions): Layer.Layer<Connector, never, StopMode | InstanceFile> =>
    Layer.effect(
      Connector,
      Effect.gen(function* () {
        const mode = yield* StopMode
        const stdio = yield* Connector
        const timers = yield* Timers
        const http = yield* Effect.cached(loadHttp(options.http ?? Effect.succeed({}), mode, timers))
        return {
          connect: (spec, slot, events) =>
            spec.launch.type === "stdio"
              ? stdio.connect(spec, slot, events)
              : Effect.flatMap(http, (connector) => connector.connect(spec, slot, events)),
          credentialsRenewed: (spec) =>
            Effect.flatMap(http, (connector) => connector.credentialsRenewed?.(spec) ?? Effect.never)
        }
      })
    ).pipe(Layer.provide(StdioConnector.layer(options.stdio)))
}

/** undici costs 26 MB and 70 ms: a gateway of child processes alone does without it. */
const loadHttp = (
  options: Effect.Effect<HttpOptions>,
  mode: StopMode["Service"],
  timers: Timers
): Effect.Effect<Connector["Service"]> =>
  Effect.gen(function* () {
    const { makeHttpConnector } = yield* Effect.promise(() => import("./HttpConnector.ts"))
    return makeHttpConnector(yield* options, mode, timers)
  })
