import { assert, it } from "@effect/vitest"
import { closedPipes } from "./real/closedPipes.ts"
import { besideOthers, runScenario } from "./real/scenario.ts"

it("whoever closes a pipe, the others end as they should, and no process is left (INV-16, INV-18)", async () => {
  assert.deepStrictEqual((await runScenario(closedPipes, besideOthers)).failures, [])
})
