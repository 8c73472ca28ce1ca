import { assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { HttpClient } from "../edge/mcpClient.ts"
import { gatewayConfig, legacyBackend } from "../fixtures/gateway.ts"
import { startHttpGateway } from "../fixtures/httpGateway.ts"
import { descendantsOf, isAlive } from "../fixtures/processes.ts"
import { Place, root } from "./sentinel.ts"
import { Serving } from "./serving.ts"

const anyPort = ["--listen", "127.0.0.1:0"]

describe("sentinel serve", () => {
  it("serves, shows who is up, makes a real call, says how to go on, and ends at SIGTERM with 0", async () => {
    const place = new Place()
    const serving = new Serving(place, anyPort)
    await serving.until(/Ready\. Ctrl-C ends it\.\n/)
    const { stderr, stdout, url } = serving
    assert.match(stdout, /^Sentinel Gateway serves http:\/\/127\.0\.0\.1:\d+\/mcp, configured by /)
    for (const name of ["everything", "filesystem", "memory", "sequential-thinking"]) {
      assert.match(stdout, new RegExp(`^${name} +ready `, "m"))
    }
    assert.match(stdout, /One real call, everything__echo .*\n {2}Echo: hello through the gateway\n/)
    const given = `-e SENTINEL_STATE_DIR=${place.stateDir}`
    assert.include(stdout, `claude mcp add sentinel ${given} -- ${join(root, "src", "sentinel.sh")} stdio\n`)
    assert.include(stdout, `claude mcp add --transport http sentinel ${url}\n`)
    assert.include(stdout, url.replace("/mcp", "/servers/everything/mcp"))
    assert.include(stderr, "starting 4 backends; waiting for")
    const client = new HttpClient(url)
    const answer = await client.call("everything__echo", { message: "over HTTP" })
    assert.include(answer.text, "Echo: over HTTP")
    const below = descendantsOf(serving.pid)
    assert.isAtLeast(below.length, 4)
    serving.signal("SIGTERM")
    assert.strictEqual(await serving.exited, 0)
    assert.deepStrictEqual(below.filter(isAlive), [])
  })

  it("gives programs its addresses as JSON, as soon as it listens", async () => {
    await using gateway = await startHttpGateway({ backends: [legacyBackend("one")] })
    assert.match(gateway.url, /^http:\/\/127\.0\.0\.1:\d+\/mcp$/)
    const answer = await new HttpClient(gateway.urlOf("one")).ask("tools/list")
    assert.strictEqual(answer.status, 200)
    assert.isTrue(isAlive(gateway.pid))
  })

  it("serves although a backend does not come up, and says which", async () => {
    const place = new Place()
    const config = place.config([legacyBackend("one"), legacyBackend("two", ["--exit-on-start", "3"])])
    await using serving = await new Serving(place, ["--config", config, ...anyPort]).until(/Ready/)
    assert.match(serving.stdout, /^two .*exited with code 3/m)
    assert.include(serving.stdout, `stdio --config ${config}\n`)
    const answer = await new HttpClient(serving.url).ask("tools/list")
    assert.include(answer.text, "one__")
  })

  it("lets a running call end when it is told to, and a second signal ends it at once", async () => {
    for (const impatient of [false, true]) {
      await using gateway = await startHttpGateway({ backends: [legacyBackend("one")] })
      const client = gateway.client()
      await client.initialize()
      const steps = { name: "one__progress", arguments: { steps: impatient ? 1_000 : 10, ms: 50 } }
      const stream = await client.beginPost(client.message("tools/call", { ...steps, _meta: { progressToken: 1 } }))
        .answer
      await stream.until(({ messages }) => messages.length > 0)
      gateway.signal("SIGTERM")
      if (impatient) {
        await refusedAt(gateway.url)
        gateway.signal("SIGINT")
      }
      await stream.ended
      assert.strictEqual(stream.text.includes('"result"'), !impatient, stream.text)
      assert.deepStrictEqual(await gateway.exited, { code: 0, signal: null })
    }
  })

  it("ends with 69 where another program listens, and says what to do", async () => {
    const other = createServer()
    await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening))
    const { port } = other.address() as AddressInfo
    const place = new Place()
    const config = place.config([traceOf(place)], `[gateway]\nlisten = "127.0.0.1:${port}"\n`)
    const { code, stderr } = await place.run(["serve", "--config", config])
    other.close()
    assert.strictEqual(code, 69)
    assert.isFalse(wasStarted(place), "a backend was started for nothing")
    assert.include(stderr, `another program listens on 127.0.0.1:${port} already`)
    assert.include(stderr, `listen in [gateway] of ${config}, or --listen HOST:PORT`)
  })

  it("ends with 78 where other machines could reach it and nobody checks who calls", async () => {
    const place = new Place()
    const config = place.config([legacyBackend("one")])
    for (const listen of ["0.0.0.0:0", "[::]:0"]) {
      const { code, stderr } = await place.run(["serve", "--config", config, "--listen", listen])
      assert.strictEqual(code, 78, stderr)
      assert.include(stderr, "can be reached from other machines")
    }
  })

  it("ends with 69 beside another one on the same state directory, and names its process", async () => {
    const place = new Place()
    const config = place.config([legacyBackend("one")])
    await using first = await new Serving(place, ["--config", config, "--json", ...anyPort]).until(/"serving"/)
    const second = place.file("second.toml", gatewayConfig({ backends: [traceOf(place)] }))
    const { code, stderr } = await place.run(["serve", "--config", second, ...anyPort])
    assert.strictEqual(code, 69)
    assert.isFalse(wasStarted(place), "a backend was started for nothing")
    assert.include(stderr, `process ${first.pid}`)
    assert.include(stderr, "state_dir")
  })

  it("ends with 64 when --listen names no address", async () => {
    const place = new Place()
    for (const listen of ["9200", "example.org:9200", "127.0.0.1:99999"]) {
      const { code, stderr } = await place.run(["serve", "--listen", listen])
      assert.strictEqual(code, 64, stderr)
      assert.include(stderr, "--listen")
    }
  })
})

/** A backend that leaves a trace when it is started, and no more. */
const traceOf = ({ directory }: Place) => ({ name: "trace", command: "touch", args: [join(directory, "trace")] })
const wasStarted = ({ directory }: Place) => existsSync(join(directory, "trace"))

/** Settles once nothing new is taken there. */
const refusedAt = async (url: string): Promise<void> => {
  for (;;) {
    const taken = await new HttpClient(url).ask("tools/list").then(
      ({ status }) => status === 200,
      () => false
    )
    if (!taken) return
  }
}
