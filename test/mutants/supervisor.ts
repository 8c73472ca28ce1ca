import * as fc from "fast-check"
import assert from "node:assert/strict"
import * as RestartPolicy from "../../src/machine/RestartPolicy.ts"
import { Chance } from "../../src/simulation/Chance.ts"
import { outages } from "../../src/simulation/kit/Outages.ts"
import { playPolicy } from "../../src/simulation/kit/RestartRun.ts"
import { superviseInVirtualTime } from "../../src/simulation/kit/SuperviseInVirtualTime.ts"
import type { Model } from "../model/model.ts"
import { restartSettings as settings } from "../simulation/kit/settings.ts"

/** The real supervisor with a child that fails and fails, against its restart policy alone. */
export const supervisor: Model = {
  name: "supervisor",
  invariants: [13, 14, 38],
  check: ({ runs, seed }) => {
    const policy = RestartPolicy.of(settings)
    const marks = [settings.stableMillis, settings.windowMillis]
    const property = fc.property(fc.nat(), (number) => {
      // To a supervisor a child is up as soon as it starts.
      const history = outages(new Chance(number), { marks }).map((life) => ({
        ...life,
        startMillis: 0,
        upMillis: life.upMillis ?? 0
      }))
      assert.deepEqual(superviseInVirtualTime(policy, history).lives, playPolicy(policy, history).lives)
    })
    return fc.check<unknown>(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
  }
}
