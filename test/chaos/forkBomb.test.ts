import { assert, it } from "@effect/vitest"
import { forkBomb } from "./real/forkBomb.ts"
import { besideOthers, runScenario } from "./real/scenario.ts"

it("no process that a backend started outlives it, however many there are and wherever they went (INV-15, INV-18)", async () => {
  assert.deepStrictEqual((await runScenario(forkBomb, besideOthers)).failures, [])
})
