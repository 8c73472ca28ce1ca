import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as path from "node:path"
import { partNames, readOptions, usage } from "./options.ts"

const program = path.join(import.meta.dirname, "run.ts")
const run = (...args: ReadonlyArray<string>) => spawnSync(process.execPath, [program, ...args], { encoding: "utf8" })

describe("the options of npm run chaos", () => {
  it("have defaults, and parts in their order", () => {
    const { only, replay, scenarios } = readOptions([])
    assert.deepStrictEqual({ only, replay, scenarios }, { only: partNames, replay: undefined, scenarios: 10_000 })
    assert.deepStrictEqual(readOptions(["--only", "models", "--only", "real"]).only, ["models", "real"])
  })

  it("take whole numbers in decimal, and nothing else", () => {
    assert.strictEqual(readOptions(["--scenarios", "12"]).scenarios, 12)
    for (const text of ["0", "1e3", "0x10", "1.5", "", " 7", "+7", "99999999999999999999"]) {
      assert.throws(
        () => readOptions([`--scenarios=${text}`]),
        `--scenarios is ${text}: allowed are whole numbers from 1`
      )
      assert.throws(() => readOptions([`--seconds=${text}`]), "--seconds is")
    }
  })

  it("tell a seed from a file", () => {
    assert.deepStrictEqual(readOptions(["--replay", "4711"]).replay, { seed: 4711 })
    assert.deepStrictEqual(readOptions(["--replay", "found/4711.json"]).replay, { file: "found/4711.json" })
    assert.throws(() => readOptions(["--replay", "0"]), "--replay is 0")
  })

  it.each(["--help", "-h"])("are all said by %s", (option) => {
    const { status, stdout } = run(option)
    assert.deepStrictEqual([status, stdout], [0, `${usage}\n`])
    for (const name of ["only", "scenarios", "from", "runs", "seconds", "replay", "trace", "help"]) {
      assert.include(stdout, `--${name}`)
    }
  })

  it.each([
    ["--frobnicate", /'--frobnicate'/],
    ["--only=all", /--only is all: allowed are simulation/],
    ["--replay=/nowhere/at all", /--replay \/nowhere\/at all: neither a seed nor a file that can be read/]
  ])("get one line and 64 when they can't be used: %s", (option, complaint) => {
    const { status, stderr, stdout } = run(option)
    assert.deepStrictEqual([status, stdout], [64, ""])
    assert.match(stderr, complaint)
    assert.match(stderr, /^[^\n]+\n$/)
  })
})
