import * as Effect from "effect/Effect"
import { ConnectError } from "../backend/Transport.ts"
import type { Connector } from "../backend/Transport.ts"
import { simulatedHttp } from "./SimulatedHttp.ts"
import { SimulatedProcess } from "./SimulatedProcess.ts"
import type { SimulatedServer } from "./SimulatedServer.ts"
import type { SimulatedSite } from "./SimulatedSite.ts"

/** Opens lines to simulated servers, each for the backend of its name. */
export const simulatedConnector = (
  servers: ReadonlyArray<SimulatedServer>,
  sites: ReadonlyArray<SimulatedSite>
): Connector["Service"] => {
  const lines = new Map<string, Connector["Service"]>([
    ...servers.map((server) => [server.name, processesOf(server)] as const),
    ...sites.map((site) => [site.server.name, simulatedHttp(site)] as const)
  ])
  return {
    connect: (spec, slot, events) =>
      lines.get(spec.name)?.connect(spec, slot, events) ??
      Effect.fail(new ConnectError({ backend: spec.name, reason: "is not simulated" }))
  }
}

const processesOf = (server: SimulatedServer): Connector["Service"] => ({
  connect: (spec, { session }, events) =>
    Effect.suspend(() => {
      const { faults, world } = server
      const bad = faults.takeStart()
      world.saw({ _tag: "Attempt", backend: spec.name, session })
      if (bad === "refused") return Effect.fail(new ConnectError({ backend: spec.name, reason: "can't be started" }))
      if (bad === "unauthorized") {
        const reason = "refused the gateway's credentials"
        return Effect.fail(new ConnectError({ backend: spec.name, reason, authentication: true }))
      }
      return Effect.acquireRelease(
        Effect.sync(() => new SimulatedProcess(server, world.opened(spec.name, session), events, bad)),
        (process) => process.stopped
      )
    })
})
