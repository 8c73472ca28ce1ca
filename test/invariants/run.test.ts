import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as path from "node:path"

const program = path.join(import.meta.dirname, "run.ts")
const run = (...args: ReadonlyArray<string>) => spawnSync(process.execPath, [program, ...args], { encoding: "utf8" })

describe("npm run invariants", () => {
  it.each(["--help", "-h"])("says by %s what it does, and does nothing", (option) => {
    const { status, stdout } = run(option)
    assert.strictEqual(status, 0)
    assert.match(stdout, /^npm run invariants \[-- --help\]\n.*runs none of them/s)
  })

  it("takes nothing else", () => {
    const { status, stderr, stdout } = run("--frobnicate")
    assert.deepStrictEqual([status, stdout], [64, ""])
    assert.include(stderr, "--frobnicate")
  })
})
