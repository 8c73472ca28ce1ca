import type { Backend } from "../../backend/Backend.ts"
import type { CircuitSettings } from "../../domain/BackendSpec.ts"
import type { Phase } from "../../machine/Circuit.ts"
import type { Promised } from "../Check.ts"
import type { CallRecord } from "../Observation.ts"
import { roundingMillis } from "../RestartHistory.ts"
import { eachSlot, nameOf, slotName, slotOf } from "../Slots.ts"
import { WireIds } from "../WireIds.ts"

/** Where a circuit may go. Nobody takes one out by hand here. */
const ways: Readonly<Record<Phase, ReadonlyArray<Phase>>> = {
  Closed: ["Open"],
  Open: ["HalfOpen"],
  HalfOpen: ["Closed", "Open"],
  Isolated: []
}

export const circuitWays: Promised = {
  invariant: 20,
  name: "a circuit takes no other ways than those between its states",
  check: ({ gateway }, fail) => {
    const last = new WeakMap<Backend, Phase>()
    return {
      instant: () =>
        eachSlot(gateway(), (_unit, slot) => {
          const phase = slot.view?.inFlight.circuit._tag ?? "Closed"
          const before = last.get(slot) ?? "Closed"
          if (phase === before) return
          last.set(slot, phase)
          if (!ways[before].includes(phase)) fail(`the circuit of ${nameOf(slot)} went from ${before} to ${phase}`)
        })
    }
  }
}

/** The openings of one circuit, since it was closed. */
interface Openings {
  phase: Phase
  count: number
  at: number
}

/** While it is open no call goes out, and it is open for as long as the number of openings asks for. */
export const openAdmitsNothing: Promised = {
  invariant: 21,
  name: "an open circuit lets no call through before its time",
  check: ({ gateway }, fail) => {
    const openings = new WeakMap<Backend, Openings>()
    return {
      saw: (seen, at) => {
        if (seen._tag !== "Written" || seen.call === undefined) return
        const slot = slotOf(gateway(), seen.line)
        const opened = slot === undefined ? undefined : openings.get(slot.backend)
        if (slot === undefined || opened?.phase !== "Open") return
        const millis = shortestOpening(slot.unit.spec.circuit, opened.count)
        if (at - opened.at >= millis - roundingMillis) return
        // It was let through before, and waited for its connection.
        if (slot.unit.spec.launch.type === "http" && at - opened.at <= connectMillis) return
        fail(`${nameOf(slot.backend)} is called ${at - opened.at} ms after its circuit opened, not ${millis}`)
      },
      instant: (at) =>
        eachSlot(gateway(), (_unit, slot) => {
          const phase = slot.view?.inFlight.circuit._tag ?? "Closed"
          const known = openings.get(slot)
          if (phase === (known?.phase ?? "Closed")) return
          const count = phase === "Closed" ? 0 : (known?.count ?? 0) + (phase === "Open" ? 1 : 0)
          openings.set(slot, { phase, count, at })
        })
    }
  }
}

/** A connection may take so long to stand, milliseconds. */
const connectMillis = 1

const shortestOpening = ({ jitter, openCapMillis, openFactor, openMillis }: CircuitSettings, count: number): number =>
  Math.min(openCapMillis, openMillis * openFactor ** (count - 1)) * (1 - jitter)

/** While it is half open, a call goes out only when the one before has come to an end. */
export const oneProbe: Promised = {
  invariant: 22,
  name: "a half-open circuit lets one call through at a time",
  check: ({ gateway }, fail) => {
    const probes = new Map<string, CallRecord>()
    const ids = new WireIds()
    const over = (call: CallRecord) => {
      for (const [name, probe] of probes) if (probe === call) probes.delete(name)
    }
    return {
      saw: (seen) => {
        if (seen._tag === "Replied" || seen._tag === "Cancelled" || seen._tag === "GivenBack") return over(seen.call)
        if (seen._tag === "Over") return void probes.delete(slotName(seen.line))
        // One whose client is away to answer may have ended long before its client hears of it.
        if (seen._tag === "Sent") {
          const call = ids.answered(seen.line, seen.text)
          if (call?.asked !== undefined) over(call)
        }
        if (seen._tag !== "Written") return
        const unwanted = ids.takenBack(seen.line, seen.text)
        if (unwanted?.asked !== undefined) over(unwanted)
        if (seen.call === undefined) return
        ids.written(seen.line, seen.text, seen.call)
        if (slotOf(gateway(), seen.line)?.backend.view?.inFlight.circuit._tag !== "HalfOpen") return
        const name = slotName(seen.line)
        const other = probes.get(name)
        if (other !== undefined) fail(`${name} gets ${seen.call.canary} while it is tried with ${other.canary}`)
        probes.set(name, seen.call)
      }
    }
  }
}
