import { assert, describe, it } from "@effect/vitest"
import { homedir } from "node:os"
import { defaultStateDirectory } from "../../src/config/StateDirectory.ts"
import { backend, configurationOf, problemOf, problemsOf } from "./decoding.ts"

describe("the state directory", () => {
  it("is $SENTINEL_STATE_DIR, else below $XDG_STATE_HOME, else below the home directory", () => {
    const environment = { SENTINEL_STATE_DIR: "/own", XDG_STATE_HOME: "/xdg", HOME: "/home/ada" }
    assert.strictEqual(defaultStateDirectory(environment), "/own")
    assert.strictEqual(defaultStateDirectory({ ...environment, SENTINEL_STATE_DIR: "" }), "/xdg/sentinel-gateway")
    assert.strictEqual(defaultStateDirectory({ HOME: "/home/ada" }), "/home/ada/.local/state/sentinel-gateway")
  })

  it("ignores relative XDG paths, and asks the system when HOME is not set", () => {
    assert.strictEqual(
      defaultStateDirectory({ XDG_STATE_HOME: "state", HOME: "/home/ada" }),
      "/home/ada/.local/state/sentinel-gateway"
    )
    assert.strictEqual(defaultStateDirectory({}), `${homedir()}/.local/state/sentinel-gateway`)
  })

  it.each([
    ["/var/lib/sentinel", "/var/lib/sentinel"],
    ["~/state", "/home/ada/state"],
    ["state", "/etc/gateway/state"],
    ["~ada", "/etc/gateway/~ada"]
  ])("written as %s is %s", (written, expected) => {
    const text = `[gateway]\nstate_dir = "${written}"\n`
    const environment = { HOME: "/home/ada", SENTINEL_STATE_DIR: "/other" }
    assert.strictEqual(configurationOf(text, environment).stateDirectory, expected)
  })
})

describe("placeholders", () => {
  it("stand for the state directory and the configuration's own, in command, args, cwd and env", () => {
    const text = `[gateway]
state_dir = "/state"
[[backends]]
name = "a"
command = "{config_dir}/run"
args = ["--dir={state_dir}/x", '{"json": {}}', "{other}"]
cwd = "{state_dir}/work"
env = { FILE = "{state_dir}/m.json", BOTH = "{config_dir}:{state_dir}" }
`
    assert.deepStrictEqual(configurationOf(text).backends[0]?.launch, {
      type: "stdio",
      command: "/etc/gateway/run",
      args: ["--dir=/state/x", '{"json": {}}', "{other}"],
      cwd: "/state/work",
      env: { FILE: "/state/m.json", BOTH: "/etc/gateway:/state" },
      secrets: [],
      envPass: []
    })
  })

  it("are put in as they are, whatever characters the directory has", () => {
    const text = `[gateway]\nstate_dir = "/a$&b"\n${backend('args = ["{state_dir}"]')}`
    const launch = configurationOf(text).backends[0]?.launch
    assert.deepStrictEqual(launch?.type === "stdio" ? launch.args : [], ["/a$&b"])
  })

  it("are not looked for in what comes from a variable", () => {
    const text = backend('env = { A = { env = "V" } }')
    const launch = configurationOf(text, { HOME: "/", V: "{state_dir}" }).backends[0]?.launch
    assert.deepStrictEqual(launch?.type === "stdio" ? launch.env : {}, { A: "{state_dir}" })
  })

  it("that are misspelt are a warning", () => {
    assert.deepInclude(problemOf(backend('args = ["{state-dir}/x"]')), {
      severity: "warning",
      key: "backends[0].args[0]",
      advice: "did you mean {state_dir}?"
    })
    assert.deepStrictEqual(problemsOf(backend('args = ["{user_name}"]')), [])
  })
})
