import { assert, describe, it } from "@effect/vitest"
import { legacyBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { StdioClient } from "../fixtures/client.ts"
import { processesIn } from "../fixtures/processes.ts"
import { launcher, Place, untilStderr } from "./sentinel.ts"

const begun = async (options: Parameters<typeof startGateway>[0]): Promise<RunningGateway> => {
  const gateway = startGateway(options)
  await untilStderr(gateway.client, /backend \\"one\\" is ready/)
  return gateway
}

describe("the end of sentinel stdio", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("by %s is a good end, and leaves no process", async (signal) => {
    await using gateway = await begun({
      backends: [legacyBackend("one", ["--ignore-sigterm", "--ignore-stdin-close"])]
    })
    gateway.client.signal(signal)
    assert.deepStrictEqual(await gateway.client.exited, { code: 0, signal: null })
    assert.deepStrictEqual(gateway.processes(), [])
  })

  it("INV-18 by a client that closes its line is a good end, and leaves no process", async () => {
    await using gateway = await begun({ backends: [legacyBackend("one")] })
    assert.deepStrictEqual(await gateway.client.close(), { code: 0, signal: null })
    assert.deepStrictEqual(gateway.processes(), [])
  })

  it("by a client that stopped reading and went away is a good end, and leaves no process", async () => {
    await using gateway = await begun({ backends: [legacyBackend("one")] })
    gateway.client.child.stdout.destroy()
    // The answer to this is the first thing written to a pipe that nobody reads.
    gateway.client.send({ jsonrpc: "2.0", id: 1, method: "nonsense" })
    assert.deepStrictEqual(await gateway.client.exited, { code: 0, signal: null })
    assert.deepStrictEqual(gateway.processes(), [])
  })

  it.each([
    ["an exception that nobody caught", "throw new Error('boom')"],
    ["a promise that nobody waited for", "void Promise.reject(new Error('boom'))"]
  ])("by %s is logged, has its own code, and leaves no process", async (_, fault) => {
    const trigger = `data:text/javascript,process.once("SIGUSR2",()=>{${fault}})`
    await using gateway = await begun({
      backends: [legacyBackend("one")],
      env: { NODE_OPTIONS: `--import=${encodeURI(trigger)}` }
    })
    gateway.client.signal("SIGUSR2")
    assert.deepStrictEqual(await gateway.client.exited, { code: 70, signal: null })
    assert.match(gateway.client.stderr, /internal error, a defect of the gateway: Error: boom/)
    assert.deepStrictEqual(gateway.processes(), [])
  })
})

describe("the end of another command", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143]
  ] as const)("by %s has the code that shells expect, and leaves no process", async (signal, code) => {
    const place = new Place()
    const config = place.config([legacyBackend("one")])
    const args = [launcher, "call", "--config", config, "--log-level", "info", "one__slow", '{"ms": 60000}']
    await using client = new StdioClient({ command: "sh", args, env: place.environment, cwd: place.directory })
    await untilStderr(client, /backend \\"one\\" is ready/)
    client.signal(signal)
    assert.deepStrictEqual(await client.exited, { code, signal: null })
    assert.deepStrictEqual(processesIn(place.directory), [])
  })

  it("by a reader of its output that has gone is a good end", async () => {
    const place = new Place()
    const args = [launcher, "tools", "--config", place.config([legacyBackend("one")])]
    await using client = new StdioClient({ command: "sh", args, env: place.environment, cwd: place.directory })
    client.child.stdout.destroy()
    assert.deepStrictEqual(await client.exited, { code: 0, signal: null })
    assert.strictEqual(client.stderr, "")
    assert.deepStrictEqual(processesIn(place.directory), [])
  })
})
