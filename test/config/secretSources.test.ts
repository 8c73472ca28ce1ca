import { assert, describe, it } from "@effect/vitest"
import { backend, configurationOf, file, filesOf, problemOf } from "./decoding.ts"
import * as Result from "effect/Result"
import { decode } from "../../src/config/Decode.ts"

const auth = '[auth]\njwt_secret_env = "MY_JWT_KEY"\n'
const withSecret = (secret: string) => ({ HOME: "/home/ada", MY_JWT_KEY: secret })

describe("the secret that jwt_secret_env names", () => {
  it("must be set", () => {
    const problem = problemOf(auth)
    assert.deepInclude(problem, {
      key: "auth.jwt_secret_env",
      line: 2,
      found: "the variable MY_JWT_KEY, which is not set"
    })
    assert.match(problem.advice, /^set it where the gateway is started: export MY_JWT_KEY=/)
  })

  it("must not be a placeholder, however long", () => {
    for (const placeholder of [
      `change-me${"x".repeat(40)}`,
      `CHANGE-ME-${"y".repeat(40)}`,
      `  Change-Me${"z".repeat(40)}`
    ]) {
      assert.include(problemOf(auth, withSecret(placeholder)).found, "a placeholder")
    }
  })

  it("must have 32 bytes, which are counted as bytes", () => {
    assert.include(problemOf(auth, withSecret("x".repeat(31))).found, "holds only 31 bytes")
    assert.strictEqual(configurationOf(auth, withSecret("x".repeat(32))).auth?.jwtSecretEnv, "MY_JWT_KEY")
    assert.strictEqual(configurationOf(auth, withSecret("\u00e4".repeat(16))).auth?.jwtSecretEnv, "MY_JWT_KEY")
  })

  it("is the one in JWT_SECRET_KEY if the section does not name a variable", () => {
    assert.include(problemOf('[auth]\njwt_issuer = "me"\n').found, "the variable JWT_SECRET_KEY, which is not set")
  })

  it("is not asked for by an empty section", () => {
    assert.strictEqual(configurationOf("[auth]\n").auth, undefined)
  })

  it("appears in no part of the configuration", () => {
    const secret = "0123456789abcdef0123456789abcdef"
    assert.notInclude(JSON.stringify(configurationOf(auth, withSecret(secret))), secret)
  })
})

describe("a variable of a backend", () => {
  const env = (line: string) => backend(`env = { ${line} }`)
  const launchEnv = (text: string, variables = {}, files = {}) => {
    const launch = configurationOf(text, { HOME: "/home/ada", ...variables }, files).backends[0]?.launch
    return launch?.type === "stdio" ? launch.env : undefined
  }

  it("takes its value from a variable of the gateway under another name", () => {
    assert.deepStrictEqual(launchEnv(env('TOKEN = { env = "WORK_TOKEN" }'), { WORK_TOKEN: "abc" }), { TOKEN: "abc" })
  })

  it("takes its value from a file, without the line end, from a path that starts at the configuration", () => {
    const files = { "/run/secrets/token": "abc\n", "/etc/gateway/near": "def" }
    const text = env('TOKEN = { file = "/run/secrets/token" }, OTHER = { file = "near" }')
    assert.deepStrictEqual(launchEnv(text, {}, files), { TOKEN: "abc", OTHER: "def" })
  })

  it("is marked as secret for whoever shows what the backend says, unless it was written out", () => {
    const text = env('A = { env = "WORK" }, B = { file = "/b" }, C = "c"')
    const launch = configurationOf(text, { WORK: "abc" }, { "/b": "def" }).backends[0]?.launch
    assert.deepStrictEqual(launch?.type === "stdio" ? launch.secrets : undefined, ["A", "B"])
  })

  it("is refused when its source is missing or empty", () => {
    assert.include(problemOf(env('TOKEN = { env = "WORK_TOKEN" }')).found, "the variable WORK_TOKEN, which is not set")
    assert.include(problemOf(env('TOKEN = { env = "E" }'), { HOME: "/", E: "" }).found, "not set")
    assert.deepInclude(problemOf(env('TOKEN = { file = "/nowhere" }')), {
      key: "backends[0].env.TOKEN.file",
      found: "no such file"
    })
    const empty = decode(env('TOKEN = { file = "/empty" }'), file, {}, filesOf({ "/empty": "\n" }))
    assert.strictEqual(Result.isFailure(empty) ? empty.failure[0]?.found : undefined, "an empty file")
  })

  it("is not looked up for a backend that is not enabled", () => {
    const text = backend('enabled = false\nenv = { TOKEN = { env = "NOPE" } }\nenv_pass = ["NOPE"]')
    assert.deepStrictEqual(configurationOf(text).disabledBackends, ["git"])
  })

  it("that is passed on must be set: the backend would not start without it", () => {
    const problem = problemOf(backend('env_pass = ["PATH", "WORK_TOKEN"]'), { HOME: "/", PATH: "/bin" })
    assert.deepInclude(problem, { severity: "error", key: "backends[0].env_pass[1]" })
    assert.include(
      problemOf(backend('env_pass = ["E"]'), { HOME: "/", E: "" }).found,
      "the variable E, which is not set"
    )
  })
})
