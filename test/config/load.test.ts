import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { load } from "../../src/config/Load.ts"
import { InvalidConfiguration } from "../../src/config/Problem.ts"
import { configBytesMax, secretBytesMax } from "../../src/config/ReadText.ts"
import { backend, home } from "./decoding.ts"

const directory = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "sentinel-config-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

const written = Effect.fnUntraced(function* (content: string | Uint8Array) {
  const file = join(yield* directory, "sentinel.toml")
  yield* Effect.sync(() => writeFileSync(file, content))
  return file
})

const refusal = Effect.fnUntraced(function* (file: string) {
  const error = yield* Effect.flip(load(file, home))
  assert.instanceOf(error, InvalidConfiguration)
  return error
})

describe("loading a configuration", () => {
  it.effect("reads a file, and a secret from a file beside it", () =>
    Effect.gen(function* () {
      const file = yield* written(backend('env = { TOKEN = { file = "sentinel.toml" } }'))
      const { configuration } = yield* load(file, home)
      const [spec] = configuration.backends
      assert.include(spec?.launch.type === "stdio" ? spec.launch.env["TOKEN"] : "", "TOKEN")
    })
  )

  it.effect("takes the embedded defaults when there is no file", () =>
    Effect.gen(function* () {
      const { configuration, warnings } = yield* load(undefined, home)
      assert.strictEqual(configuration.backends.length, 4)
      assert.deepStrictEqual(warnings, [])
    })
  )

  it.effect("fails with all problems, and a message that is ready for a terminal", () =>
    Effect.gen(function* () {
      const file = yield* written(backend("retries = -1\nfoo = 1"))
      const error = yield* refusal(file)
      assert.strictEqual(error.problems.length, 2)
      assert.include(error.message, `error: ${file}:4:1  backends[0].retries\n  found    the number -1`)
    })
  )

  it.effect("says in the same breath what is wrong and what this version can't do", () =>
    Effect.gen(function* () {
      const file = yield* written(`${backend('env_pass = ["NOT_SET"]')}[auth]\njwt_secret_env = "MY_KEY"\n`)
      const { problems } = yield* refusal(file)
      assert.deepStrictEqual(
        problems.map(({ key }) => key),
        ["backends[0].env_pass[0]", "auth", "auth.jwt_secret_env"]
      )
    })
  )

  it.effect("says what is wrong with a file that can't be read", () =>
    Effect.gen(function* () {
      const path = yield* directory
      const [missing] = (yield* refusal(join(path, "none.toml"))).problems
      assert.deepInclude(missing, { found: "no such file", key: "", severity: "error" })
      assert.notProperty(missing, "line")
      assert.strictEqual((yield* refusal(path)).problems[0]?.found, "a directory")
      assert.include((yield* refusal("/dev/null")).problems[0]?.found, "not a regular file")
    })
  )

  it.effect("refuses text that is not UTF-8", () =>
    Effect.gen(function* () {
      const file = yield* written(Uint8Array.of(0x61, 0xff))
      assert.strictEqual((yield* refusal(file)).problems[0]?.found, "a file that is not UTF-8 text")
    })
  )

  it.effect("reads a file of the largest size, and none above", () =>
    Effect.gen(function* () {
      yield* load(yield* written("#".repeat(configBytesMax)), home)
      const error = yield* refusal(yield* written("#".repeat(configBytesMax + 1)))
      assert.include(error.problems[0]?.found, `a file of ${configBytesMax + 1} bytes`)
    })
  )

  it.effect("reads a secret of the largest size, and none above", () =>
    Effect.gen(function* () {
      const secret = yield* written("x".repeat(secretBytesMax))
      const text = (file: string) => written(backend(`env = { KEY_DATA = { file = "${file}" } }`))
      yield* load(yield* text(secret), home)
      const tooLong = yield* written("x".repeat(secretBytesMax + 1))
      assert.include((yield* refusal(yield* text(tooLong))).problems[0]?.found, `which is more than ${secretBytesMax}`)
    })
  )
})
