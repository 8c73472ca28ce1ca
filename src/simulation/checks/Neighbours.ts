import { refusalCodes } from "../../domain/Outcome.ts"
import type { Promised } from "../Check.ts"
import { objectIn } from "../Message.ts"
import { askingTool } from "../Scenario.ts"
import type { BackendPlan } from "../Scenario.ts"
import { certaintyIn } from "./Outcomes.ts"

/** Nothing goes wrong at a calm backend, whatever the others do: its calls are done, and it is never started anew. */
export const calmStaysCalm: Promised = {
  invariant: 15,
  name: "a backend without faults notices nothing of those of the others",
  check: ({ gateway, scenario, world }, fail) => {
    const isBounded = scenario.maxCalls !== undefined
    const calm = new Set(scenario.backends.filter(isCalm).map(({ spec }) => spec.name))
    if (calm.size === 0) return {}
    const ready = new WeakSet<object>()
    return {
      saw: (seen) => {
        if (seen._tag !== "Replied" || !calm.has(seen.call.backend)) return
        const { call, message } = seen
        // What becomes of a question is for its client to decide.
        if (call.tool === askingTool || world.asleep > 0 || certaintyIn(message) === "completed") return
        // All backends share what may run at once.
        if (isBounded && objectIn(message, "error")["code"] === refusalCodes.overloaded) return
        fail(`call ${call.id} of ${call.client} to ${call.backend} was not done: ${JSON.stringify(message)}`)
      },
      instant: () => {
        if (world.asleep > 0) return
        for (const { life, shared, spec } of gateway()?.units ?? []) {
          if (!calm.has(spec.name)) continue
          if (life?._tag === "Ready") ready.add(shared)
          else if (ready.has(shared) && life?._tag !== "Stopped") fail(`${spec.name} is ${life?._tag ?? "not there"}`)
        }
      }
    }
  }
}

const isCalm = ({ isCalm = false }: BackendPlan): boolean => isCalm

/** What the gateway says at level error that is no defect of it: its disk is full. */
const notItsFault = /^(catalog of \S+|names|status file) failed .*no space left on device/s

/** What ends because it is told to is no loss. */
const falseAlarm = /fibers interrupted/

/** Nothing of the gateway itself dies, whatever its backends and clients do. */
export const noDefects: Promised = {
  invariant: 15,
  name: "no fiber of the gateway fails, and nothing that it ends itself is reported as lost",
  check: (_run, fail) => ({
    saw: (seen) => {
      if (seen._tag !== "Log") return
      const isError = seen.level === "Error" || seen.level === "Fatal"
      if (falseAlarm.test(seen.text) || (isError && !notItsFault.test(seen.text))) {
        fail(`the log says: ${seen.text.slice(0, 500)}`)
      }
    }
  })
}
