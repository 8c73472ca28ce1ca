import { heldLimit } from "../../backend/InFlight.ts"
import type { Promised } from "../Check.ts"
import { eachSlot, nameOf } from "../Slots.ts"

/** Requests of the gateway itself that a connection may have: lists, a probe, a stream, subscriptions. */
const ownRequests = 16

/** Instants between two looks at what is costly to look at. */
const pauseInstants = 64

export const bounds: Promised = {
  invariant: 32,
  name: "what runs, waits and is held stays within its bounds",
  check: ({ gateway, limits }, fail) => {
    let instants = 0
    return {
      instant: () => {
        eachSlot(gateway(), ({ spec: { bounds } }, slot) => {
          const view = slot.view
          if (view === undefined) return
          const { holding, queued, sent } = view.inFlight
          if (sent > bounds.inFlight) fail(`${nameOf(slot)} has ${sent} calls in flight`)
          // What comes back from a line that is lost waits as well, whoever else does.
          if (queued + sent > bounds.queued + bounds.inFlight) fail(`${nameOf(slot)} has ${queued} calls waiting`)
          if (holding > heldLimit) fail(`${nameOf(slot)} holds ${holding} calls`)
          const pending = view.connection?.pending ?? 0
          if (pending > bounds.inFlight + ownRequests) fail(`${nameOf(slot)} has ${pending} requests pending`)
        })
        if (++instants % pauseInstants === 0) slower()
      }
    }

    function slower(): void {
      const running = Number(gateway()?.status()["running"] ?? 0)
      if (running > limits.calls) fail(`${running} calls are running`)
      for (const { slots, spec, stopping } of gateway()?.units ?? []) {
        if (slots.size > spec.maxSessions) fail(`${spec.name} has ${slots.size} connections of sessions`)
        if (stopping.size > 2 * spec.maxSessions) fail(`${spec.name} has ${stopping.size} that are ending`)
      }
    }
  }
}

/** Nothing is left of calls that have ended. */
export const allReturned: Promised = {
  invariant: 25,
  name: "when all calls have ended, every permit is back and nothing waits or is held",
  check: ({ gateway }, fail) => ({
    healed: () => {
      const running = gateway()?.status()["running"]
      if (running !== 0) fail(`${String(running)} calls are still running`)
      eachSlot(gateway(), (_unit, slot) => {
        const { circuit, holding, queued, sent } = slot.view?.inFlight ?? nothing
        if (sent + queued + holding > 0) fail(`${nameOf(slot)}: ${sent} in flight, ${queued} waiting, ${holding} held`)
        if (circuit?._tag === "HalfOpen" && circuit.probing) fail(`${nameOf(slot)}: the probe of the circuit is out`)
      })
    }
  })
}

const nothing = { sent: 0, queued: 0, holding: 0, circuit: undefined }
