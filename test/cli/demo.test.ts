import { assert, describe, it } from "@effect/vitest"
import { join } from "node:path"
import { isJsonObject } from "../../src/domain/Json.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { Place, root } from "./sentinel.ts"

const names = ["everything", "filesystem", "memory", "sequential-thinking"]

describe("sentinel demo", () => {
  it("brings up the four servers that come with the gateway, makes a real call, and says how to go on", async () => {
    const place = new Place()
    const { code, stderr, stdout } = await place.run(["demo"])
    assert.strictEqual(code, 0, stderr)
    assert.include(stderr, "starting 4 backends; waiting for")
    for (const name of names) {
      assert.match(stderr, new RegExp(`^ +${name} is up after .*: \\d+ tools?$`, "m"))
      assert.match(stdout, new RegExp(`^${name} +ready +(just now|\\d+ s ago) +\\d{4}-\\d\\d-\\d\\d +\\d+ `, "m"))
    }
    assert.match(stdout, /One real call, everything__echo .*\n {2}Echo: hello through the gateway\n/)
    const given = `-e SENTINEL_STATE_DIR=${place.stateDir}`
    assert.include(stdout, `claude mcp add sentinel ${given} -- ${join(root, "src", "sentinel.sh")} stdio\n`)
    assert.include(stdout, "npx sentinel stdio")
    assert.include(stdout, `npx sentinel call everything__echo '{"message":"hello through the gateway"}'`)
  })

  it("gives programs the status and the call", async () => {
    const place = new Place()
    const { code, json } = await place.run(["demo", "--json"])
    assert.strictEqual(code, 0)
    const { call, status } = json()
    assert.deepInclude(isJsonObject(call) ? call : {}, { tool: "everything__echo", answered: true })
    const backends = isJsonObject(status) ? status["backends"] : undefined
    assert.deepStrictEqual(
      Array.isArray(backends) ? backends.map((one) => (isJsonObject(one) ? [one["name"], one["state"]] : [])) : [],
      names.map((name) => [name, "Ready"])
    )
  })

  it("ends with 69 and names the backend that did not come up", async () => {
    const place = new Place()
    const config = place.config([legacyBackend("one"), legacyBackend("two", ["--exit-on-start", "3"])])
    const { code, stderr, stdout } = await place.run(["demo", "--config", config])
    assert.strictEqual(code, 69)
    assert.match(stderr, /sentinel: backend "two" is not up: .*exited with code 3/)
    assert.match(stdout, /^one +ready/m)
    assert.include(stdout, `stdio --config ${config}\n`)
  })

  it("calls another tool only if it says that it just reads", async () => {
    const place = new Place()
    const config = place.config([legacyBackend("one")])
    const { code, stdout } = await place.run(["demo", "--config", config])
    assert.strictEqual(code, 0)
    assert.include(stdout, "One real call, one__structured {}")
  })

  it("says so when there is no tool that it may call", async () => {
    const place = new Place()
    const config = place.config([{ name: "memory", command: "mcp-server-sequential-thinking" }])
    const { code, stdout } = await place.run(["demo", "--config", config])
    assert.strictEqual(code, 0)
    assert.include(stdout, "No call was made")
    assert.include(stdout, "npx sentinel call NAME '{}'")
  })
})
