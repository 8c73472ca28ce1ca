import { assert, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { drainMillis } from "../../src/edge/ClientLine.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { isAlive } from "../fixtures/processes.ts"
import { launcher, Place } from "./sentinel.ts"

/** A client that starts a gateway, has a call running that never ends, says the gateway's pid, and waits to be killed. */
const client = (config: string) => `
  const { spawn } = require("node:child_process")
  const gateway = spawn("sh", [${JSON.stringify(launcher)}, "stdio", "--config", ${JSON.stringify(config)}], { stdio: ["pipe", "pipe", "ignore"] })
  const say = (message) => gateway.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n")
  const clientInfo = { name: "dying", version: "1" }
  say({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo } })
  say({ id: 2, method: "tools/list" })
  let seen = ""
  let called = false
  gateway.stdout.on("data", (chunk) => {
    seen += chunk
    if (called || !seen.includes("one__hang")) return
    called = true
    say({ id: 3, method: "tools/call", params: { name: "one__hang", arguments: {} } })
    say({ id: 4, method: "ping" })
  })
  const told = setInterval(() => {
    if (!seen.includes('"id":4')) return
    clearInterval(told)
    console.log(gateway.pid)
  }, 5)
`

it("a gateway whose client was killed with a call running does not wait for its answer", async () => {
  const place = new Place()
  const config = place.config([legacyBackend("one")])
  const env = { ...process.env, ...place.environment }
  const dying = spawn(process.execPath, ["-e", client(config)], { env, stdio: ["ignore", "pipe", "inherit"] })
  try {
    const [chunk] = await once(dying.stdout, "data")
    const pid = Number(String(chunk))
    assert.isTrue(isAlive(pid))
    const killedAt = performance.now()
    dying.kill("SIGKILL")
    while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.isBelow(performance.now() - killedAt, drainMillis)
  } finally {
    dying.kill("SIGKILL")
  }
})
