import * as Effect from "effect/Effect"
import { makeHttpConnector } from "../backend/HttpConnector.ts"
import type { StopMode } from "../backend/StopMode.ts"
import type { Connector, TransportEvents } from "../backend/Transport.ts"
import { SimulatedWire } from "./SimulatedWire.ts"
import type { SimulatedSite } from "./SimulatedSite.ts"
import { SiteLine } from "./SiteLine.ts"

/** Nobody is about to kill a simulated gateway: it says goodbye as one that serves HTTP does. */
const unhurried: StopMode["Service"] = { isFast: () => false, turnedFast: Effect.never, hurry: Effect.void }

/** Opens lines to a simulated site through the HTTP transport of production: everything above the sockets is real. */
export const simulatedHttp = (site: SimulatedSite): Connector["Service"] => ({
  connect: (spec, slot, events) =>
    Effect.suspend(() => {
      const { faults, name, time, world } = site.server
      world.saw({ _tag: "Attempt", backend: name, session: slot.session })
      const line = new SiteLine(site, world.opened(name, slot.session), faults.takeStart())
      const watched: TransportEvents = {
        ...events,
        onExit: (exit) => {
          world.over(line.record)
          events.onExit(exit)
        }
      }
      const wire = (_spec: unknown, _origin: string, connections: number) => new SimulatedWire(line, time, connections)
      return makeHttpConnector({ wire }, unhurried, time)
        .connect(spec, slot, watched)
        .pipe(Effect.tapError(() => Effect.sync(line.closed)))
    })
})
