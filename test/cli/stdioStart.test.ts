import { assert, describe, it } from "@effect/vitest"
import { statSync } from "node:fs"
import { legacyBackend, startGateway } from "../fixtures/gateway.ts"
import { Place, untilStderr } from "./sentinel.ts"

describe("sentinel stdio, before it serves", () => {
  it("refuses a configuration that can't be used with 78, all problems on stderr, nothing on stdout", async () => {
    const place = new Place()
    const file = place.file("a.toml", '[gateway]\nlog_level = "inof"\n\n[[backends]]\nname = "a"\n')
    for (const json of [[], ["--json"], ["--json=true"]]) {
      const { code, stderr, stdout } = await place.run(["stdio", "--config", file, ...json])
      assert.deepStrictEqual([code, stdout], [78, ""])
      assert.include(stderr, `${file}:2:1  gateway.log_level`)
      assert.include(stderr, `${file}:4:3  backends[0].command`)
    }
  })

  it("refuses a configuration that asks for what is not there yet in the same way", async () => {
    const place = new Place()
    const file = place.config([legacyBackend("one")], "[rate_limits]\ndefault_rpm = 3\n")
    const { code, stderr, stdout } = await place.run(["stdio", "--config", file])
    assert.deepStrictEqual([code, stdout], [78, ""])
    assert.include(stderr, "this version does not have rate limits")
  })

  it("writes nothing to stdout on a command line that can't be understood, with --json too", async () => {
    for (const args of [["stdio", "--nope"], ["stdio", "extra"], ["stdio", "--json", "--config"], ["stido"]]) {
      const { code, stdout } = await new Place().run(args)
      assert.deepStrictEqual([code, stdout], [64, ""], args.join(" "))
    }
  })

  it("says so, and ends with 73, when the state directory can't be made", async () => {
    const place = new Place()
    const blocker = place.file("blocker", "")
    const env = { SENTINEL_STATE_DIR: `${blocker}/state` }
    const { code, stderr, stdout } = await place.run(["stdio"], { env })
    assert.deepStrictEqual([code, stdout], [73, ""])
    assert.include(stderr, `the state directory ${blocker}/state can't be used`)
    assert.include(stderr, "$SENTINEL_STATE_DIR")
  })

  it("makes the state directory for this user alone", async () => {
    const place = new Place()
    const { code } = await place.run(["stdio", "--config", place.config([legacyBackend("one")])])
    assert.strictEqual(code, 0)
    assert.strictEqual(statSync(place.stateDir).mode & 0o777, 0o700)
  })

  it("logs the warnings of the configuration with their lines", async () => {
    const place = new Place()
    const file = place.config([legacyBackend("one")], '[gateway]\nhealth_listen = "127.0.0.1:9201"\n')
    const { code, stderr, stdout } = await place.run(["stdio", "--config", file])
    assert.deepStrictEqual([code, stdout], [0, ""])
    assert.match(stderr, /level=WARN .*sentinel\.toml:2: health and metrics are not served yet/)
  })
})

describe("the log of sentinel stdio", () => {
  it("says at level info when a backend is ready", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("one")] })
    await untilStderr(gateway.client, /level=INFO .*backend \\"one\\" is ready/)
  })

  it("warns when a backend is down, and when it is quarantined, with the reason", async () => {
    const backend = legacyBackend("one", ["--exit-on-start", "3"], { max_restarts: 1 })
    await using gateway = startGateway({ backends: [backend], args: ["--log-level=warn"] })
    await untilStderr(gateway.client, /level=WARN .*backend \\"one\\" is down, restart 1 follows: .*exited with code 3/)
    await untilStderr(gateway.client, /level=WARN .*backend \\"one\\" is quarantined: /)
  })

  it("is silent when the command line says so", async () => {
    const place = new Place()
    const file = place.config([legacyBackend("one")], '[gateway]\nlisten = "127.0.0.1:9200"\n')
    const { code, stderr } = await place.run(["stdio", "--config", file, "--log-level", "off"])
    assert.deepStrictEqual([code, stderr], [0, ""])
  })
})
