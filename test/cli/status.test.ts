import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { statusFilesMax } from "../../src/cli/StatusFiles.ts"
import { isJsonObject } from "../../src/domain/Json.ts"
import { untilState, untilStatus } from "../faults/status.ts"
import { parseObject } from "../fixtures/envelope.ts"
import { legacyBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { Place } from "./sentinel.ts"

const statusOf = ({ configFile, stateDir }: RunningGateway, ...args: ReadonlyArray<string>) =>
  new Place().run(["status", "--config", configFile, ...args], { env: { SENTINEL_STATE_DIR: stateDir } })

/** Kills a gateway so that it can't clean up; its backends end with their stdin. */
const killed = async (gateway: RunningGateway) => {
  gateway.client.signal("SIGKILL")
  await gateway.client.exited
}

describe("sentinel status", () => {
  it("shows each backend with its state, when it was last proven, its protocol and its tools", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("one")] })
    await untilState(gateway, "one", "Ready")
    const { code, stderr, stdout } = await statusOf(gateway)
    assert.deepStrictEqual([code, stderr], [0, ""])
    assert.include(stdout, `process ${gateway.client.pid}, 0 calls running`)
    assert.match(stdout, /^BACKEND +STATE +LAST PROVEN +PROTOCOL +TOOLS +IN FLIGHT +RESTARTS +CIRCUIT +NOTE$/m)
    assert.match(stdout, /^one +ready +(just now|\d+ s ago) +2025-11-25 +\d+ +0 +0 +closed$/m)
  })

  it("gives programs what the gateway wrote", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("one")] })
    await untilState(gateway, "one", "Ready")
    const { gateways, stale, stateDirectory } = (await statusOf(gateway, "--json")).json()
    assert.deepStrictEqual([stateDirectory, stale], [gateway.stateDir, []])
    const first: unknown = Array.isArray(gateways) ? gateways[0] : undefined
    assert.deepInclude(isJsonObject(first) ? first : {}, { pid: gateway.client.pid, running: 0 })
    assert.isTrue(isJsonObject(first) && typeof first["writtenMsAgo"] === "number")
  })

  it("shows a quarantined backend as such, with the reason and the next try", async () => {
    const backend = legacyBackend("one", ["--exit-on-start", "3"], { max_restarts: 1 })
    await using gateway = startGateway({ backends: [backend] })
    await untilState(gateway, "one", "Quarantined")
    const { stdout } = await statusOf(gateway)
    assert.match(
      stdout,
      /^one +quarantined +never +- +- +0 +1 +closed +.*exited with code 3; next try in \d+ (s|min)$/m
    )
  })

  it("shows the connections that a session has for itself", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("one", [], { isolation: "session" })] })
    await gateway.client.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: { roots: {} },
      clientInfo: { name: "test", version: "1" }
    })
    const isUp = (session: unknown) => isJsonObject(session) && session["state"] === "Ready"
    await untilStatus(gateway, ({ sessionsOf }) => sessionsOf("one").some(isUp), "a session's own connection")
    assert.match((await statusOf(gateway)).stdout, /^ {2}session stdio +ready +/m)
  })

  it("skips the file of a gateway that was killed, and says so", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("one")] })
    await untilState(gateway, "one", "Ready")
    await killed(gateway)
    const { code, stderr, stdout } = await statusOf(gateway)
    assert.strictEqual(code, 0)
    assert.include(stdout, `no gateway is running (state directory ${gateway.stateDir})`)
    assert.match(stderr, new RegExp(`stale, skipped: .*its gateway, process ${gateway.client.pid}, is not alive`))
  })

  it("is not taken in by another process that has the pid by now", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("one")] })
    await untilState(gateway, "one", "Ready")
    await killed(gateway)
    const [instance = ""] = readdirSync(join(gateway.stateDir, "instances"))
    for (const directory of ["instances", "status"]) {
      const file = join(gateway.stateDir, directory, instance)
      // This process lives, but it did not start when the gateway did.
      writeFileSync(file, JSON.stringify({ ...parseObject(readFileSync(file, "utf8")), pid: process.pid }))
    }
    const { stderr, stdout } = await statusOf(gateway)
    assert.include(stdout, "no gateway is running")
    assert.include(stderr, `process ${process.pid} is another one by now`)
  })

  it("skips a file that makes no sense, and says so", async () => {
    const place = new Place()
    mkdirSync(join(place.stateDir, "status"), { recursive: true })
    writeFileSync(join(place.stateDir, "status", "odd.json"), "{")
    const { code, stderr, stdout } = await place.run(["status"])
    assert.strictEqual(code, 0)
    assert.include(stdout, "no gateway is running")
    assert.match(stderr, /stale, skipped: .*odd\.json: it is no status file of this version/)
  })

  it("looks in the state directory of a configuration that can't be used, as where a secret is not set", async () => {
    const place = new Place()
    const file = place.file(
      "a.toml",
      '[gateway]\nstate_dir = "own"\n[[backends]]\nname = "a"\ncommand = "true"\nenv_pass = ["NOT_SET_HERE"]\n'
    )
    const { code, stderr, stdout } = await place.run(["status", "--config", file])
    const own = join(place.directory, "own")
    assert.strictEqual(code, 0)
    assert.include(stderr, `${file} can't be used (see \`sentinel check\`); looking in its state directory ${own}`)
    assert.include(stdout, `no gateway is running (state directory ${own})`)
  })

  it("says nothing of gateways, and ends with 78, when the state directory can't be told", async () => {
    const place = new Place()
    for (const file of ["nowhere.toml", place.file("b.toml", "["), place.file("c.toml", "[gateway]\nstate_dir = 5")]) {
      const { code, stderr, stdout } = await place.run(["status", "--config", file])
      assert.deepStrictEqual([code, stdout], [78, ""])
      assert.include(stderr, `error: ${file}`)
    }
  })

  it("shows a gateway that lives, and returns, however many stale files and pipes stand beside it", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("one")] })
    await untilState(gateway, "one", "Ready")
    const directory = join(gateway.stateDir, "status")
    for (let number = 0; number < statusFilesMax + 1; number++) writeFileSync(join(directory, `0-${number}.json`), "{")
    execFileSync("mkfifo", [join(directory, "0.json")])
    const { code, stderr, stdout } = await statusOf(gateway)
    assert.strictEqual(code, 0)
    assert.include(stdout, `process ${gateway.client.pid}, 0 calls running`)
    assert.strictEqual(stderr.match(/stale, skipped/g)?.length, statusFilesMax)
  })

  it("of a gateway that was killed is cleaned up by the next that starts", async () => {
    await using killedOne = startGateway({ backends: [legacyBackend("one")] })
    await untilState(killedOne, "one", "Ready")
    await killed(killedOne)
    const [stale = ""] = readdirSync(join(killedOne.stateDir, "status"))
    const { code } = await new Place().run(["tools", "--config", killedOne.configFile], {
      env: { SENTINEL_STATE_DIR: killedOne.stateDir }
    })
    assert.strictEqual(code, 0)
    assert.notInclude(readdirSync(join(killedOne.stateDir, "status")), stale)
  })
})
