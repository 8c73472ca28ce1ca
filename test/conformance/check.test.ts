import { assert, describe, it } from "@effect/vitest"
import { lostThrough, scoreOf, shortfallsOf, type Check, type ScenarioRun, type Status } from "./check.ts"

const check = (id: string, status: Status, name = id): Check => ({ id, name, status, message: `about ${id}` })
const run = (scenario: string, ...checks: ReadonlyArray<Check>): ScenarioRun => ({ scenario, scored: true, checks })

describe("the comparison of two runs of the suite", () => {
  it("counts passed and failed checks, and no notes", () => {
    const runs = [run("a", check("1", "SUCCESS"), check("2", "INFO")), run("b", check("3", "FAILURE"))]
    assert.deepStrictEqual(scoreOf(runs), { scenarios: 2, scenariosPassed: 1, passed: 1, failed: 1, warnings: 0 })
  })

  it("names each check that failed or warned", () => {
    const runs = [run("a", check("1", "SUCCESS"), check("2", "WARNING"), check("3", "FAILURE"))]
    assert.deepStrictEqual(
      shortfallsOf(runs).map(({ check, status }) => [check, status]),
      [
        ["2", "WARNING"],
        ["3", "FAILURE"]
      ]
    )
  })

  it("loses nothing when both are the same", () => {
    const runs = [run("a", check("1", "SUCCESS"), check("1", "SUCCESS"), check("2", "FAILURE"))]
    assert.deepStrictEqual(lostThrough(runs, runs), [])
  })

  it("loses a check that fails, one that warns, and one that never came, but none that is only noted", () => {
    const direct = [run("a", ...["1", "2", "3", "4"].map((id) => check(id, "SUCCESS")))]
    const gateway = [run("a", check("1", "FAILURE"), check("2", "WARNING"), check("4", "INFO"))]
    assert.deepStrictEqual(
      lostThrough(direct, gateway).map(({ check, status }) => [check, status]),
      [
        ["1", "FAILURE"],
        ["2", "WARNING"],
        ["3", "missing"]
      ]
    )
  })

  it("tells checks of one id apart by name and by order", () => {
    const direct = [run("a", check("1", "SUCCESS", "x"), check("1", "SUCCESS", "y"), check("1", "SUCCESS", "y"))]
    const gateway = [run("a", check("1", "SUCCESS", "y"), check("1", "FAILURE", "y"), check("1", "SUCCESS", "x"))]
    assert.strictEqual(lostThrough(direct, gateway).length, 1)
  })

  it("loses a whole scenario that did not run", () => {
    assert.strictEqual(lostThrough([run("a", check("1", "SUCCESS"))], []).length, 1)
  })
})
