import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { existsSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { decode } from "../../src/config/Decode.ts"
import { defaults, embeddedText } from "../../src/config/Defaults.ts"
import { unsupported } from "../../src/config/Unsupported.ts"
import { home } from "./decoding.ts"

const root = resolve(import.meta.dirname, "../..")
const shipped = (name: string) => readFileSync(join(root, "config", name), "utf8")
const valid = (name: string) => Result.getOrThrow(decode(shipped(name), join(root, "config", name), home))

describe("the configuration files that come with the gateway", () => {
  it.each(["sentinel.toml", "sentinel-docker.toml"])(
    "%s is valid, without warnings, and asks for nothing that is not there",
    (name) => {
      const { configuration, warnings } = valid(name)
      assert.deepStrictEqual(warnings, [])
      assert.deepStrictEqual(unsupported(configuration), [])
      assert.strictEqual(configuration.backends.length, 4)
    }
  )

  it("sentinel.toml is the embedded default, word for word", () => {
    assert.strictEqual(embeddedText, shipped("sentinel.toml"))
  })

  it("the defaults need nothing but what npm ci installs", () => {
    const { configuration } = Result.getOrThrow(defaults(home))
    for (const { launch } of configuration.backends) {
      assert.strictEqual(launch.type, "stdio")
      if (launch.type === "stdio")
        assert.isTrue(existsSync(join(root, "node_modules", ".bin", launch.command)), launch.command)
    }
  })

  it("the defaults keep the memory of the memory server in the state directory", () => {
    const { configuration } = Result.getOrThrow(defaults({ ...home, SENTINEL_STATE_DIR: "/state" }))
    const memory = configuration.backends.find(({ name }) => name === "memory")
    assert.deepStrictEqual(memory?.launch.type === "stdio" ? memory.launch.env : {}, {
      MEMORY_FILE_PATH: "/state/memory.json"
    })
  })

  it("the defaults give the everything server a process for each session, so that it can ask the client", () => {
    const { configuration } = Result.getOrThrow(defaults(home))
    assert.deepStrictEqual(
      configuration.backends.map(({ name, isolation }) => [name, isolation]),
      [
        ["everything", "session"],
        ["filesystem", "shared"],
        ["memory", "shared"],
        ["sequential-thinking", "shared"]
      ]
    )
  })

  it("compose.yaml has no password in it", () => {
    const compose = readFileSync(join(root, "compose.yaml"), "utf8")
    assert.match(compose, /POSTGRES_PASSWORD: \$\{POSTGRES_PASSWORD:\?/)
    assert.match(compose, /healthcheck:/)
  })
})
