import { assert, it } from "@effect/vitest"
import { quarantine } from "./real/quarantine.ts"
import { besideOthers, runScenario } from "./real/scenario.ts"

it("a backend that is killed too often is quarantined, and refused with when to try again; others do not notice (INV-13, INV-15)", async () => {
  assert.deepStrictEqual((await runScenario(quarantine, besideOthers)).failures, [])
})
