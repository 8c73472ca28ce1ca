import { assert, describe, it } from "@effect/vitest"
import { readFileSync, readdirSync } from "node:fs"
import * as path from "node:path"
import type { Scenario } from "../../src/simulation/Scenario.ts"
import { simulate } from "../../src/simulation/Simulate.ts"

const directory = path.join(import.meta.dirname, "found")

/** Scenarios that broke a promise once, as small as they could be made; what they found is mended. */
describe("What the simulator once found", () => {
  for (const file of readdirSync(directory)) {
    it(`holds today: ${path.basename(file, ".json")}`, () => {
      const scenario = JSON.parse(readFileSync(path.join(directory, file), "utf8")) as Scenario
      const { trace, violations } = simulate(scenario, { keepTrace: true })
      assert.deepStrictEqual(violations, [], trace.slice(-40).join("\n"))
    })
  }
})
