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
    for (const name of [
      "only",
      "scenarios",
      "from",
      "runs",
      "seconds",
      "replay",
      "trace",
      "help",
      "rounds",
      "row",
      "targets",
      "write"
    ]) {
      assert.include(stdout, `--${name}`)
    }
  })

  it.each([
    ["--frobnicate", /'--frobnicate'/],
    ["--only=all", /--only is all: allowed are simulation/],
    ["--replay -1", /--replay is -1: allowed are whole numbers from 1/],
    ["--scenarios -3", /--scenarios is -3: allowed are whole numbers from 1/],
    ["--scenarios", /--scenarios needs a value/],
    ["--from --trace", /--from needs a value/],
    ["--trace", /--trace goes with --replay only/],
    ["--replay 1 --scenarios 5", /--scenarios does not go with --replay: allowed is --trace/],
    ["--replay 1 --only models", /--only does not go with --replay/],
    ["--only models --scenarios 5", /--scenarios is for the part simulation, which --only models leaves out/],
    ["--from 1 --from 2", /--from is given twice/],
    ["--only real --only real", /--only real is given twice/],
    ["--row nothing", /--row is nothing: allowed is a part of SIGKILL/],
    ["--targets direct,nobody", /--targets is nobody: allowed are direct/],
    ["--write --row SIGKILL", /--write does not go with --row/],
    ["--replay=/nowhere", /--replay \/nowhere: neither a seed nor a file that can be read/]
  ])("get one line and 64 when they can't be used: %s", (option, complaint) => {
    const { status, stderr, stdout } = run(...option.split(" "))
    assert.deepStrictEqual([status, stdout], [64, ""])
    assert.match(stderr, complaint)
    assert.match(stderr, /^[^\n]+\n$/)
  })
})
