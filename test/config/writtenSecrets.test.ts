import { assert, describe, it } from "@effect/vitest"
import { configurationOf, backend, problemOf, problemsOf } from "./decoding.ts"

const canary = "hunter2-canary"

describe("a secret written in the file", () => {
  it.each([
    ["in [gateway]", `[gateway]\npassword = "${canary}"`, "gateway.password"],
    ["in [auth]", `[auth]\njwt_secret = "${canary}"`, "auth.jwt_secret"],
    ["at the top", `api_key = "${canary}"`, "api_key"],
    ["in a section nobody knows", `[vault.deep]\ntoken = "${canary}"`, "vault.deep.token"],
    ["in a backend", backend(`token = "${canary}"`), "backends[0].token"],
    ["in a backend's env", backend(`env = { GITHUB_TOKEN = "${canary}" }`), "backends[0].env.GITHUB_TOKEN"],
    ["in an argument", backend(`args = ["--api-key=${canary}"]`), "backends[0].args[0]"],
    ["in the argument after its flag", backend(`args = ["--token", "${canary}"]`), "backends[0].args[1]"],
    ["in a URL in an argument", backend(`args = ["postgres://ada:${canary}@db/x"]`), "backends[0].args[0]"],
    ["in a URL in env", backend(`env = { CACHE = "redis://:${canary}@cache/0" }`), "backends[0].env.CACHE"]
  ])("is refused %s, and not shown", (_, text, key) => {
    const problems = problemsOf(text, { HOME: "/", JWT_SECRET_KEY: "x".repeat(32) })
    const problem = problems.find((each) => each.key === key)
    assert.include(problem?.found ?? "", "a secret written in the file")
    assert.strictEqual(problem?.severity, "error")
    assert.notInclude(JSON.stringify(problems), canary)
  })

  it.each([
    "MY_SECRET",
    "DB_PASSWORD",
    "API_KEY",
    "OPENAI_API_KEY",
    "SSH_PRIVATE_KEY",
    "authToken",
    "AWS_SECRET_ACCESS_KEY"
  ])("is recognised by the name %s", (name) => {
    assert.match(
      problemOf(backend(`env = { ${name} = "${canary}" }`)).advice,
      new RegExp(`${name} = { env = "${name}" }.*env_pass`)
    )
  })

  it.each([
    `ghp_${"a1".repeat(18)}`,
    `sk-ant-api03-${"a1".repeat(20)}`,
    `xoxb-1234567890-${"a".repeat(12)}`,
    "AKIAABCDEFGHIJKLMNOP",
    "-----BEGIN RSA PRIVATE KEY-----",
    `eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.c`
  ])("is recognised by its shape under any name: %s", (secret) => {
    const problem = problemOf(backend(`env = { HARMLESS = "${secret}" }`))
    assert.include(problem.found, "the shape of a token or key")
    assert.notInclude(JSON.stringify(problem), secret)
  })

  it("is not seen in names that only speak of one, nor in switches and limits", () => {
    const env =
      'MAX_TOKENS = "4096", TOKEN_LIMIT = "8", PASSWORD_FILE = "/run/x", SORT_KEY = "name", USE_TOKEN = "true", PWD = "/"'
    assert.deepStrictEqual(
      problemsOf(backend(`env = { ${env} }\nargs = ["--max-tokens", "5", "--token", "--verbose"]`)),
      []
    )
  })

  it("is not seen in names that other people chose: tools and roles", () => {
    const text = "[rate_limits.per_tool]\nget_token = 5\n[rbac.roles.token]\npermissions = ['read']\n"
    assert.deepStrictEqual(configurationOf(text).rateLimits?.perTool, { get_token: 5 })
  })

  it("may not be written where the name of its variable belongs, and is not shown then either", () => {
    const problem = problemOf(`[auth]\njwt_secret_env = "${canary}"\n`)
    assert.strictEqual(problem.key, "auth.jwt_secret_env")
    assert.notInclude(JSON.stringify(problem), canary)
    assert.notInclude(JSON.stringify(problemsOf(backend(`env_pass = ["${canary}"]`))), canary)
    assert.notInclude(JSON.stringify(problemsOf(backend(`env = { A = { env = "${canary}" } }`))), canary)
  })

  it("looks like a reference in a shell's way: refused under a secret name, else a warning", () => {
    const advice = 'write API_KEY = { env = "MY_KEY" }'
    assert.deepInclude(problemOf(backend('env = { API_KEY = "${MY_KEY}" }')), { severity: "error", advice })
    assert.deepInclude(problemOf(backend('env = { REGION = "$REGION" }')), { severity: "warning" })
  })
})
