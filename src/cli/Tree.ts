import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { randomBytes } from "node:crypto"
import { Connectors } from "../backend/Connectors.ts"
import { InstanceFile } from "../backend/InstanceFile.ts"
import { sweepOrphans } from "../backend/Orphans.ts"
import { StopMode } from "../backend/StopMode.ts"
import type { Configuration } from "../config/Configuration.ts"
import { Gateway } from "../gateway/Gateway.ts"
import { sweepStatusFiles } from "../gateway/StatusSweep.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { searchFirst } from "./LaunchProblems.ts"
import { version } from "./Version.ts"

/** What clients and backends are told that they talk to. */
export const identity: Implementation = { name: "sentinel-gateway", version }

/** The whole tree below an edge, by a configuration: one Layer, as the design asks. */
export const treeLayer = (configuration: Configuration): Layer.Layer<Gateway, never, StopMode> => {
  const { backends, bounds, stateDirectory } = configuration
  const instanceId = `${process.pid}-${randomBytes(4).toString("hex")}`
  const connector = Connectors.layer({
    stdio: { variables: process.env, ownNode: process.execPath, searchFirst },
    http: Effect.map(loadOAuth, ({ oauthBackends }) => ({ credentialsFor: oauthBackends(stateDirectory) }))
  })
  return Gateway.layer({ backends, bounds, stateDirectory, identity }).pipe(
    Layer.provide(connector),
    Layer.provide(InstanceFile.layer({ stateDirectory, instanceId })),
    Layer.merge(sweepLayer(stateDirectory))
  )
}

const loadOAuth = Effect.promise(() => import("../backend/OAuthBackends.ts"))

/** Ends what an earlier gateway that was killed left behind. Says so; never stands in the way of the start. */
const sweepLayer = (stateDirectory: string): Layer.Layer<never> =>
  Layer.effectDiscard(
    sweepOrphans(stateDirectory).pipe(
      Effect.tap(Effect.sync(() => sweepStatusFiles(stateDirectory))),
      Effect.flatMap(({ ended, problems }) =>
        Effect.andThen(
          Effect.forEach(ended, ({ instanceId, pid }) =>
            Effect.logWarning(`ended process ${pid}, left behind by the gateway ${instanceId}`)
          ),
          Effect.forEach(problems, (problem) => Effect.logWarning(problem))
        )
      )
    )
  )
