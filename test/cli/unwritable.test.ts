import { assert, describe, it } from "@effect/vitest"
import { legacyBackend } from "../fixtures/gateway.ts"
import { launcher, Place, runToEnd } from "./sentinel.ts"

const place = new Place()
place.config([legacyBackend("alpha")])

/** Runs a command with its stdout where the shell puts it. */
const redirected = (args: string, where: string) =>
  runToEnd("sh", ["-c", `sh "$0" ${args} ${where}`, launcher], {
    env: { ...process.env, ...place.environment },
    cwd: place.directory,
    stdin: ""
  })

describe("a result that can't be written", () => {
  it.each([
    "version",
    "help",
    "check",
    "check --json",
    "chaos --minutes 2",
    "chaos --minutes 2 --json",
    "--jsn --json"
  ])("ends `sentinel %s` with 74, and stderr says why", async (args) => {
    const { code, stderr } = await redirected(`${args} --config sentinel.toml`, ">/dev/full")
    assert.strictEqual(code, 74, stderr)
    assert.match(stderr, /sentinel: stdout can't be written: ENOSPC: no space left on device.*\n$/)
  })

  it("is no failure where its reader has gone", async () => {
    const { code, stderr } = await redirected("help", "| exec true; echo over >&2")
    assert.deepStrictEqual([code, stderr], [0, "over\n"])
  })
})
