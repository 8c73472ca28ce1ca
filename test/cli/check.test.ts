import { assert, describe, it } from "@effect/vitest"
import { isJsonObject } from "../../src/domain/Json.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { Place, root } from "./sentinel.ts"

describe("sentinel check", () => {
  it("finds nothing wrong with the configuration that comes with the gateway", async () => {
    const { code, stdout } = await new Place().run(["check"])
    assert.strictEqual(code, 0)
    assert.match(stdout, /config\/sentinel\.toml is valid: 4 backends\n/)
    assert.include(stdout, "tool names not known yet, and so not checked: everything, filesystem")
  })

  it("reports every problem with file, line, column and key, and ends with 78", async () => {
    const place = new Place()
    const file = place.file(
      "a.toml",
      '[gateway]\nlog_level = "inof"\n\n[[backends]]\nname = "a"\n\n[rate_limits]\ndefault_rpm = "x"\n'
    )
    const { code, stderr, stdout } = await place.run(["check", file])
    assert.strictEqual(code, 78)
    assert.strictEqual(stderr, "")
    assert.include(stdout, `error: ${file}:2:1  gateway.log_level`)
    assert.include(stdout, 'do       did you mean log_level = "info"?')
    assert.include(stdout, `error: ${file}:4:3  backends[0].command`)
    assert.include(stdout, `error: ${file}:8:1  rate_limits.default_rpm`)
    assert.match(stdout, /3 errors in the configuration\n\n.*can't be used\n$/)
  })

  it("gives programs the same", async () => {
    const place = new Place()
    const file = place.file("a.toml", '[gateway]\nlog_level = "inof"\n')
    const { code, json } = await place.run(["check", file, "--json"])
    assert.strictEqual(code, 78)
    const found = json()
    assert.deepInclude(found, { file, valid: false })
    const problems = found["problems"]
    const first: unknown = Array.isArray(problems) ? problems[0] : undefined
    assert.deepInclude(isJsonObject(first) ? first : {}, {
      severity: "error",
      line: 2,
      column: 1,
      key: "gateway.log_level"
    })
  })

  it("counts what this version can't do yet as an error, since a gateway would refuse to start", async () => {
    const place = new Place()
    const file = place.file("a.toml", '[[backends]]\nname = "a"\ncommand = "true"\n\n[rate_limits]\ndefault_rpm = 3\n')
    const { code, stdout } = await place.run(["check", file])
    assert.strictEqual(code, 78)
    assert.include(stdout, `error: ${file}:5:2  rate_limits`)
  })

  it("warns of prefixes of which one is the beginning of another, and ends with 0", async () => {
    const place = new Place()
    const file = place.config([legacyBackend("db"), legacyBackend("db__copy")])
    const { code, stdout } = await place.run(["check", file])
    assert.strictEqual(code, 0)
    assert.match(stdout, /warning: .*sentinel\.toml:\d+:1 {2}backends\[1\]\.name\n.*"db__copy__"/)
    assert.include(stdout, "1 warning in the configuration")
  })

  it("warns of a command and of a directory that are not there, and ends with 0", async () => {
    const place = new Place()
    const section = (name: string, lines: string) => `[[backends]]\nname = "${name}"\n${lines}\n`
    const texts = [section("a", 'command = "no-such-program"'), section("b", 'command = "true"\ncwd = "nowhere"')]
    const { code, stdout } = await place.run(["check", place.file("a.toml", texts.join(""))])
    assert.strictEqual(code, 0)
    assert.match(
      stdout,
      /warning: .*a\.toml:3:1 {2}backends\[0\]\.command\n +found +.*"no-such-program" was not found in/
    )
    assert.match(stdout, /warning: .*a\.toml:7:1 {2}backends\[1\]\.cwd\n +found +".*nowhere", which is not a directory/)
    assert.include(stdout, "2 warnings in the configuration")
  })

  it("warns when no backend is enabled", async () => {
    const place = new Place()
    const file = place.file("a.toml", '[[backends]]\nname = "a"\ncommand = "true"\nenabled = false\n')
    const { code, stdout } = await place.run(["check", file])
    assert.strictEqual(code, 0)
    assert.match(stdout, /warning: .*found +no backend that is enabled/s)
  })

  it("warns of a name that makes every tool name too long for clients", async () => {
    const place = new Place()
    const file = place.config([legacyBackend(`${"n".repeat(46)}.x`)])
    const { code, stdout } = await place.run(["check", file])
    assert.strictEqual(code, 0)
    assert.match(stdout, /warning: .*:2:1 {2}backends\[0\]\.name\n.*a prefix of 48 characters/)
  })

  it("knows tool names from an earlier run, and warns of those too long for clients", async () => {
    const place = new Place()
    const file = place.config([legacyBackend("one", [], { prefix: "p".repeat(32) })])
    assert.strictEqual((await place.run(["tools", "--config", file])).code, 0)
    const { code, stdout } = await place.run(["check", file])
    assert.strictEqual(code, 0)
    assert.match(stdout, /warning: .*backends\[0\]\.prefix\n +found +"p{32}__[a-z-]+".*more than 49 characters/)
    assert.notInclude(stdout, "not known yet")
  })

  it("counts two tools with one public name as an error, at the later backend", async () => {
    const place = new Place()
    const file = place.config([legacyBackend("one", [], { prefix: "" }), legacyBackend("two", [], { prefix: "a" })])
    assert.strictEqual((await place.run(["tools", "--config", file])).code, 0)
    place.config([legacyBackend("one", [], { prefix: "a" }), legacyBackend("two", [], { prefix: "a" })])
    const { code, stdout } = await place.run(["check", file])
    assert.strictEqual(code, 78)
    assert.match(stdout, /error: .*backends\[1\]\.prefix\n +found +"a__echo".*that "one" has already/)
  })

  it("says which file it looked for when there is none", async () => {
    const { code, stdout } = await new Place().run(["check", "nowhere.toml"])
    assert.strictEqual(code, 78)
    assert.match(stdout, /error: nowhere\.toml\n +found +no such file/)
    assert.notInclude(stdout, root)
  })
})
