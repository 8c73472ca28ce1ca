import { assert, describe, it } from "@effect/vitest"
import { resolve } from "node:path"
import { embeddedName } from "../../src/config/Defaults.ts"
import { plugInLine } from "../../src/cli/PlugIn.ts"
import { launcher, packageRoot } from "../../src/cli/PackageRoot.ts"

const usualState = "/home/ada/.local/state/sentinel-gateway"
const lineFor = (file: string, environment: Readonly<Record<string, string>> = {}, stateDirectory = usualState) =>
  plugInLine(
    { stateDirectory, source: { file, positionOf: () => undefined, backendPath: () => [] } },
    { HOME: "/home/ada", ...environment }
  )

const shipped = resolve(packageRoot, "config", "sentinel.toml")
const end = `-- ${launcher} stdio`

describe("the line that plugs the gateway into Claude Code", () => {
  it("needs nothing for the configuration that is found without being named", () => {
    assert.strictEqual(lineFor(shipped), `claude mcp add sentinel ${end}`)
    assert.notInclude(lineFor(shipped, { XDG_CONFIG_HOME: "/nowhere" }), "--config")
  })

  it("names any other file by its absolute path, however it was named here", () => {
    const written = `claude mcp add sentinel ${end} --config /etc/s.toml`
    assert.strictEqual(lineFor("/etc/s.toml"), written)
    assert.strictEqual(lineFor("/etc/s.toml", { SENTINEL_CONFIG: "/etc/s.toml" }), written)
    assert.strictEqual(lineFor("my file.toml"), `claude mcp add sentinel ${end} --config '${resolve("my file.toml")}'`)
    assert.include(lineFor(embeddedName), "--config")
  })

  it("hands on a state directory that the environment names, and no other", () => {
    const environment = { SENTINEL_STATE_DIR: "/srv/state" }
    assert.strictEqual(
      lineFor(shipped, environment, "/srv/state"),
      `claude mcp add sentinel -e SENTINEL_STATE_DIR=/srv/state ${end}`
    )
    // The file says another one, and the client's gateway reads the same file.
    assert.notInclude(lineFor(shipped, environment, "/var/lib/sentinel"), "-e ")
    assert.notInclude(lineFor(shipped, { SENTINEL_STATE_DIR: usualState }), "-e ")
  })
})
