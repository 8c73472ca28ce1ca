import { refusalCodes } from "../../domain/Outcome.ts"
import { jsonRpcCodes } from "../../protocol/JsonRpcCodes.ts"
import type { Promised } from "../Check.ts"
import { objectIn } from "../Message.ts"
import type { CallRecord } from "../Observation.ts"
import { eachSlot, nameOf, slotName } from "../Slots.ts"
import { launchedBy } from "../Scenario.ts"

/** The end of a process is one failure, however many calls it takes with it. */
export const crashIsOneFailure: Promised = {
  invariant: 24,
  name: "a circuit opens over as many failures as it takes, and a crash is one of them",
  check: ({ gateway, scenario }, fail) => {
    // Over HTTP each request fails by itself.
    const stdio = launchedBy(scenario, "stdio")
    const slots = new Map<number, string>()
    /** At most so many failures have counted since the circuit was closed. */
    const failures = new Map<string, number>()
    const open = new Set<string>()
    const failed = (slot: string | undefined) => {
      if (slot !== undefined) failures.set(slot, (failures.get(slot) ?? 0) + 1)
    }
    return {
      saw: (seen) => {
        if (seen._tag === "Opened") slots.set(seen.line.line, slotName(seen.line))
        else if (seen._tag === "Over") failed(slotName(seen.line))
        else if (seen._tag === "Replied" && isFailure(seen.message))
          failed(slots.get(seen.call.written.at(-1)?.line ?? 0))
      },
      instant: () =>
        eachSlot(gateway(), ({ spec }, slot) => {
          const name = nameOf(slot)
          const { failureRate, minimumCalls, threshold } = spec.circuit
          const isOpen = slot.view !== undefined && slot.view.inFlight.circuit._tag !== "Closed"
          const least = Math.min(threshold, Math.ceil(failureRate * minimumCalls))
          const count = failures.get(name) ?? 0
          if (isOpen && !open.has(name) && count < least && stdio.has(spec.name)) {
            fail(`the circuit of ${name} opened after ${count} failures, and needs ${least}`)
          }
          if (isOpen) open.add(name)
          else if (open.delete(name)) failures.delete(name)
        }),
      ended: () => {
        failures.clear()
        open.clear()
      }
    }
  }
}

const isFailure = (message: CallRecord["replies"][number]["message"]): boolean => {
  const code = objectIn(message, "error")["code"]
  return code === jsonRpcCodes.internalError || code === refusalCodes.deadlineExceeded
}
