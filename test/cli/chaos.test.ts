import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { isJsonObject } from "../../src/domain/Json.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { Place, root } from "./sentinel.ts"

/** A backend whose start would leave a trace: nothing may be started. */
const tellTale = (place: Place) => ({
  name: "alpha",
  command: "sh",
  args: ["-c", `touch ${join(place.directory, "started")}`]
})

const backendsIn = (result: JsonObject): ReadonlyArray<JsonObject> =>
  Array.isArray(result["backends"]) ? result["backends"].filter(isJsonObject) : []

describe("sentinel chaos", () => {
  it("says for each configured backend what its clients would have seen, and starts nothing", async () => {
    const place = new Place()
    place.config([tellTale(place), legacyBackend("beta")])
    const { code, stderr, stdout } = await place.run(["chaos", "--minutes", "20", "--config", "sentinel.toml"])
    assert.strictEqual(code, 0, stderr)
    assert.include(stdout, "20 simulated minutes of faults, seed 1; nothing was started")
    assert.match(stdout, /^alpha +\d+ +\d+ +[\d.]+ % +/m)
    assert.match(stdout, /^beta +\d+ +\d+ +[\d.]+ % +/m)
    assert.match(stdout, /^\(all\) +\d+ +\d+ +[\d.]+ % +/m)
    assert.isFalse(existsSync(join(place.directory, "started")))
  })

  it("gives the same for the same seed, and other faults for another", async () => {
    const place = new Place()
    place.config([legacyBackend("alpha")])
    const run = (seed: string) =>
      place.run(["chaos", "--seed", seed, "--minutes", "20", "--json", "--config", "sentinel.toml"])
    const [one, again, other] = await Promise.all([run("5"), run("5"), run("6")])
    assert.deepStrictEqual(one.json(), again.json())
    assert.notStrictEqual(one.json()["digest"], other.json()["digest"])
  })

  it("gives another run once the tools of a server are known", async () => {
    const place = new Place()
    place.config([legacyBackend("alpha")])
    const args = ["chaos", "--minutes", "10", "--json", "--config", "sentinel.toml"]
    const before = await place.run(args)
    assert.strictEqual((await place.run(["tools", "--config", "sentinel.toml"])).code, 0)
    const after = await place.run(args)
    assert.deepStrictEqual([before.code, after.code], [0, 0])
    assert.notStrictEqual(after.json()["digest"], before.json()["digest"])
  })

  it("counts every call once: answered, refused, unknown or cancelled", async () => {
    const place = new Place()
    place.config([legacyBackend("alpha"), legacyBackend("beta")])
    const { json } = await place.run(["chaos", "--minutes", "60", "--json", "--config", "sentinel.toml"])
    for (const row of [json(), ...backendsIn(json())]) {
      const { calls, cancelled, completed, failed, refused, unknown } = row
      const ends = [completed, failed, refused, unknown, cancelled].reduce<number>(
        (sum, count) => sum + Number(count),
        0
      )
      assert.strictEqual(ends, calls)
      assert.isAbove(Number(completed), 0)
    }
    assert.strictEqual(
      backendsIn(json()).reduce((sum, { calls }) => sum + Number(calls), 0),
      json()["calls"]
    )
  })

  it("fails when a threshold is crossed, and says which", async () => {
    const place = new Place()
    place.config([legacyBackend("alpha")])
    const args = ["chaos", "--minutes", "60", "--config", "sentinel.toml"]
    const crossed = await place.run([...args, "--min-availability", "100", "--max-outage", "0", "--max-unknown", "0"])
    assert.strictEqual(crossed.code, 1)
    assert.match(crossed.stderr, /available [\d.]+ %, less than --min-availability 100/)
    assert.match(crossed.stderr, /longest outage [\d.]+ s, more than --max-outage 0/)
    assert.match(crossed.stderr, /unknown outcomes?, more than --max-unknown 0/)
    const kept = await place.run([
      ...args,
      "--min-availability",
      "1",
      "--max-outage",
      "86400",
      "--max-unknown",
      "99999999999999999999"
    ])
    assert.strictEqual(kept.code, 0, kept.stderr)
  })

  it("refuses a number that is none, and says what is allowed", async () => {
    const place = new Place()
    const mistakes = [
      ["--minutes", "0", "1 to 1440"],
      ["--minutes", "1441", "1 to 1440"],
      ["--minutes", "soon", "1 to 1440"],
      ["--minutes", "1.5", "a whole number from 1 to 1440"],
      ["--minutes", "", "1 to 1440"],
      ["--seed", "99999999999999999999", "a whole number from 0 to 4294967295"],
      ["--min-availability", "NaN", "a number from 0 to 100"],
      ["--max-outage", "1.5s", "a number from 0 on"],
      ["--max-unknown", "0.5", "a whole number from 0 on"],
      ["--seed", "-1", "0 to 4294967295"],
      ["--seed", "4294967296", "0 to 4294967295"],
      ["--min-availability", "101", "0 to 100"],
      ["--min-availability", "-1", "0 to 100"],
      ["--max-outage", "-1", "from 0 on"],
      ["--max-unknown", "-1", "from 0 on"]
    ] as const
    for (const [option, value, allowed] of mistakes) {
      const { code, stderr } = await place.run(["chaos", `${option}=${value}`])
      assert.strictEqual(code, 64, `${option} ${value}`)
      assert.include(stderr, option)
      assert.include(stderr, allowed)
      assert.include(stderr, value)
    }
  })

  it("counts all faults of a server over HTTP: those of its process and those of its site", async () => {
    const place = new Place()
    place.config([{ name: "far", type: "http", url: "http://127.0.0.1:9/mcp" }])
    const { json } = await place.run(["chaos", "--minutes", "60", "--json", "--config", "sentinel.toml"])
    const [row] = backendsIn(json())
    // One every 60 to 180 s.
    assert.isAtLeast(Number(row?.["faults"]), 20)
    assert.isAtMost(Number(row?.["faults"]), 60)
  })

  it("is no defect where two servers have one prefix", async () => {
    const place = new Place()
    place.config(["alpha", "beta"].map((name) => legacyBackend(name, [], { prefix: "" })))
    const args = ["chaos", "--minutes", "10", "--json", "--config", "sentinel.toml"]
    const unknown = await place.run(args)
    assert.strictEqual(unknown.code, 0, unknown.stdout)
    assert.strictEqual((await place.run(["tools", "--config", "sentinel.toml"])).code, 0)
    const known = await place.run(args)
    assert.strictEqual(known.code, 0, known.stdout)
    for (const { availability } of backendsIn(known.json())) assert.isAbove(Number(availability), 0.5)
  })

  it("is no defect where a server offers more tools than may be listed of it", async () => {
    const place = new Place()
    place.config([{ name: "tiny", command: "foo", max_tools: 1 }])
    const { code, stderr } = await place.run(["chaos", "--minutes", "30", "--seed", "1", "--config", "sentinel.toml"])
    assert.deepStrictEqual([code, stderr], [0, ""])
  })

  it("refuses more backends for longer than it can simulate in a few minutes, and says how long it can", async () => {
    const place = new Place()
    place.config(Array.from({ length: 5 }, (_, index) => legacyBackend(`backend-${index}`)))
    const args = ["chaos", "--config", "sentinel.toml", "--minutes"]
    const { code, stderr } = await place.run([...args, "1201"])
    assert.strictEqual(code, 64)
    assert.include(stderr, "5 backends for 1201 minutes would take too long: at most --minutes 1200 here")
  })

  it("counts no outage for longer than faults come", async () => {
    const place = new Place()
    place.config([legacyBackend("alpha"), legacyBackend("beta")])
    for (const seed of ["1", "2", "3", "4"]) {
      const args = ["chaos", "--minutes", "4", "--seed", seed, "--json", "--config", "sentinel.toml"]
      const { json } = await place.run(args)
      assert.isAtMost(Number(json()["longestOutageMillis"]), 4 * 60_000)
    }
  })

  it("tells a backend that is named all from all of them", async () => {
    const place = new Place()
    place.config([legacyBackend("all")])
    const { stdout } = await place.run(["chaos", "--minutes", "2", "--config", "sentinel.toml"])
    assert.lengthOf([...stdout.matchAll(/^all +\d/gm)], 1)
    assert.lengthOf([...stdout.matchAll(/^\(all\) +\d/gm)], 1)
  })

  it("says so when there is no backend", async () => {
    const place = new Place()
    place.config([])
    const { code, stdout } = await place.run(["chaos", "--config", "sentinel.toml"])
    assert.strictEqual(code, 0)
    assert.strictEqual(stdout, "no backend is enabled: there is nothing that could fail\n")
  })

  it.each([
    ["--min-availability", "99"],
    ["--max-outage", "10"],
    ["--max-unknown", "0"]
  ])("holds nothing against %s when there is no backend: it ends with 78", async (option, value) => {
    const place = new Place()
    place.config([{ name: "a", command: "true", enabled: false }])
    const { code, stderr, stdout } = await place.run(["chaos", option, value, "--config", "sentinel.toml"])
    assert.deepStrictEqual([code, stdout], [78, ""])
    assert.match(stderr, new RegExp(`no backend is enabled.*enable one.*leave out ${option}\n`))
  })

  it.each(["docs/CLI.md", "README.md"])("prints the table that %s shows", async (page) => {
    const place = new Place()
    place.config([legacyBackend("sequential-thinking")])
    const { stdout } = await place.run(["chaos", "--minutes", "2", "--config", "sentinel.toml"])
    const [heading = ""] = /^BACKEND.*$/m.exec(stdout) ?? []
    const shown = readFileSync(join(root, page), "utf8").split("\n")
    const at = shown.indexOf(heading)
    assert.isAbove(at, 0, heading)
    assert.match(shown[at - 2] ?? "", /^60 simulated minutes of faults, seed 1; nothing was started$/)
    assert.match(
      shown.slice(at).find((line) => line.startsWith("(all)")) ?? "",
      /^\(all\)( +[\d.]+( (%|ms|s|min|h))?){9}$/
    )
  })

  it("leaves the state directory as it was", async () => {
    const place = new Place()
    place.config([legacyBackend("alpha")])
    await place.run(["chaos", "--minutes", "5", "--config", "sentinel.toml"])
    assert.deepStrictEqual(readdirSync(place.stateDir), [])
  })
})
