import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { legacyBackend } from "../fixtures/gateway.ts"
import { launcher, Place } from "./sentinel.ts"

/** As if stderr were a terminal: only a person is shown how far it is. */
const atTerminal = "data:text/javascript,process.stderr.isTTY=true"

describe("a sentinel chaos that takes long", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const)("shows how far it is, and ends at once by %s", async (signal, code) => {
    const place = new Place()
    place.config([legacyBackend("alpha"), legacyBackend("beta"), legacyBackend("gamma"), legacyBackend("delta")])
    const child = spawn("sh", [launcher, "chaos", "--minutes", "1440", "--config", "sentinel.toml"], {
      cwd: place.directory,
      env: { ...process.env, ...place.environment, NODE_OPTIONS: `--import=${atTerminal}` },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const ended = once(child, "close")
    let stdout = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    const [shown] = await once(child.stderr.setEncoding("utf8"), "data")
    assert.match(String(shown), /^\r\d+ of 1440 minutes simulated$/)
    child.kill(signal)
    assert.deepStrictEqual(await ended, [code, null])
    assert.strictEqual(stdout, "")
  })
})
