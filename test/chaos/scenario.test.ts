import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { isAlive } from "../fixtures/processes.ts"
import { besideOthers, runScenario, type Scenario } from "./real/scenario.ts"

const scenario = (run: Scenario["run"], boundMillis = 5_000): Scenario => ({ name: "a scenario", boundMillis, run })

describe("a scenario of the chaos", () => {
  it("that leaves a process behind has failed, and the process is ended", async () => {
    let pid = -1
    let directory = ""
    const result = await runScenario(
      scenario(async ({ arena }) => {
        const child = spawn("sleep", ["60"], { cwd: "/", stdio: "ignore", env: { ...process.env, ...arena.env } })
        await once(child, "spawn")
        pid = child.pid ?? -1
        directory = arena.directory
      }),
      besideOthers
    )
    assert.isFalse(result.passed)
    assert.match(result.failures.join(), new RegExp(`process ${pid} was left: sleep 60`))
    assert.isFalse(isAlive(pid))
    assert.isFalse(existsSync(directory))
  })

  it("that throws, or is not over in time, has failed and does not hold up the others", async () => {
    const broken = await runScenario(
      scenario(() => Promise.reject(new Error("it broke"))),
      besideOthers
    )
    assert.match(broken.failures.join(), /it broke/)
    const endless = await runScenario(
      scenario(() => new Promise(() => {}), 10),
      besideOthers
    )
    assert.match(endless.failures.join(), /not over after 10 ms/)
  })
})
