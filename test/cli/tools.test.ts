import { assert, describe, it } from "@effect/vitest"
import { isJsonObject, type JsonObject } from "../../src/domain/Json.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { Place } from "./sentinel.ts"

const objectsIn = (list: unknown): ReadonlyArray<JsonObject> => (Array.isArray(list) ? list.filter(isJsonObject) : [])

describe("sentinel tools", () => {
  it("lists each tool by its public name, with its backend and the first line of its description", async () => {
    const place = new Place()
    const config = place.config([legacyBackend("one"), modernBackend("two")])
    const { code, stderr, stdout } = await place.run(["tools", "--config", config])
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^one__echo +one +Returns its text$/m)
    assert.match(stdout, /^two__add +two +Adds two numbers$/m)
    assert.match(stdout, /^\d+ tools$/m)
  })

  it("says what is withheld from clients, and why", async () => {
    const place = new Place()
    const config = place.config([legacyBackend("one", ["--bad-schema"])])
    const { code, stdout } = await place.run(["tools", "--config", config])
    assert.strictEqual(code, 0)
    assert.match(stdout, /Withheld from clients:\n[^]*^tool +bad-missing +one +\S/m)
  })

  it("gives programs the definitions, what is withheld and what is down", async () => {
    const place = new Place()
    const config = place.config([legacyBackend("one", ["--bad-schema"])])
    const listed = (await place.run(["tools", "--config", config, "--json"])).json()
    const echo = objectsIn(listed["tools"]).find(({ name }) => name === "one__echo")
    assert.deepInclude(echo ?? {}, { backend: "one", ownName: "echo" })
    assert.deepNestedInclude(echo ?? {}, { "definition.inputSchema.type": "object" })
    assert.isTrue(objectsIn(listed["withheld"]).some(({ name }) => name === "bad-missing"))
    assert.deepStrictEqual(listed["down"], [])
  })

  it("shows those of the backends that are up, names the one that is not, and ends with 69", async () => {
    const place = new Place()
    const config = place.config([legacyBackend("one"), legacyBackend("two", ["--exit-on-start", "3"])])
    const [forPeople, forPrograms] = await Promise.all([
      place.run(["tools", "--config", config]),
      place.run(["tools", "--config", config, "--json"])
    ])
    assert.strictEqual(forPeople.code, 69)
    assert.include(forPeople.stdout, "one__echo")
    assert.match(forPeople.stderr, /backend "two" is not up: .*exited with code 3.*none of its tools is known/)
    assert.match(forPeople.stderr, /starting 2 backends; waiting for two\n +two did not come up/)
    assert.strictEqual(forPrograms.code, 69)
    assert.deepInclude(objectsIn(forPrograms.json()["down"])[0] ?? {}, { backend: "two" })
  })

  it("ends with 78 on a configuration that can't be used, for programs with all problems as JSON", async () => {
    const place = new Place()
    const config = place.file("bad.toml", '[gateway]\nlog_level = "inof"\n\n[[backends]]\nname = "a"\n')
    const { code, json } = await place.run(["tools", "--config", config, "--json"])
    assert.strictEqual(code, 78)
    const { error } = json()
    assert.isTrue(isJsonObject(error))
    const problems = objectsIn(isJsonObject(error) ? error["problems"] : undefined)
    assert.deepStrictEqual(
      problems.map(({ key, line }) => [line, key]),
      [
        [2, "gateway.log_level"],
        [4, "backends[0].command"]
      ]
    )
  })
})
