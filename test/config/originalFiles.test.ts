import { assert, describe, it } from "@effect/vitest"
import { render } from "../../src/config/Problem.ts"
import { unsupported } from "../../src/config/Unsupported.ts"
import { backend, configurationOf, file } from "./decoding.ts"

/** Every key that a file of the original gateway may have. */
const original = `
[gateway]
listen = "127.0.0.1:9200"
log_level = "debug"
audit_enabled = true
health_listen = "[::1]:9201"

[auth]
jwt_secret_env = "JWT_SECRET_KEY"
jwt_issuer = "issuer"
jwt_audience = "audience"

[postgres]
url_env = "DATABASE_URL"
max_connections = 5

[[backends]]
name = "files"
type = "stdio"
command = "npx"
args = ["-y", "server"]
env = { NODE_ENV = "production" }
timeout_secs = 30
retries = 3
restart_on_exit = true
max_restarts = 5
health_interval_secs = 30
circuit_breaker_threshold = 5
circuit_breaker_recovery_secs = 30

[[backends]]
name = "web"
type = "http"
url = "http://127.0.0.1:3001"

[rbac.roles.admin]
permissions = ["tools.read", "tools.execute"]
denied_tools = ["delete_file"]

[rate_limits]
default_rpm = 100
[rate_limits.per_tool]
search = 10

[kill_switch]
disabled_tools = ["rm"]
disabled_backends = ["old"]
`
const environment = { HOME: "/home/ada", JWT_SECRET_KEY: "0123456789abcdef0123456789abcdef" }

describe("a file of the original gateway", () => {
  it("decodes completely", () => {
    const { backends, serving, source: _, ...rest } = configurationOf(original, environment)
    assert.deepInclude(serving, { host: "127.0.0.1", port: 9200 })
    assert.deepStrictEqual(
      backends.map(({ name }) => name),
      ["files", "web"]
    )
    assert.deepStrictEqual(rest, {
      logLevel: "Debug",
      stateDirectory: "/home/ada/.local/state/sentinel-gateway",
      bounds: { calls: 1_024, frameBytes: 4_194_304, tools: 10_000 },
      disabledBackends: [],
      healthListen: "[::1]:9201",
      auditEnabled: true,
      auth: { jwtSecretEnv: "JWT_SECRET_KEY", jwtIssuer: "issuer", jwtAudience: "audience" },
      postgres: { urlEnv: "DATABASE_URL", maxConnections: 5 },
      roles: { admin: { permissions: ["tools.read", "tools.execute"], deniedTools: ["delete_file"] } },
      rateLimits: { defaultPerMinute: 100, perTool: { search: 10 } },
      killSwitch: { disabledTools: ["rm"], disabledBackends: ["old"] }
    })
  })

  it("has HTTP backends that are named by their server alone, and a secret for them", () => {
    const { backends } = configurationOf(original, { ...environment, BACKEND_SHARED_SECRET: "s".repeat(44) })
    assert.deepInclude(backends[1]?.launch, {
      type: "http",
      url: "http://127.0.0.1:3001/mcp",
      headers: { "X-Sentinel-Auth": "s".repeat(44) }
    })
  })

  it("is refused for each protection that is not there yet, with its line, and warned for the rest", () => {
    const lines = original.split("\n")
    assert.deepStrictEqual(
      unsupported(configurationOf(original, environment)).map(({ key, line = 0, severity }) => [
        severity,
        lines[line - 1],
        key
      ]),
      [
        ["error", "audit_enabled = true", "gateway.audit_enabled"],
        ["warning", 'health_listen = "[::1]:9201"', "gateway.health_listen"],
        ["error", "[auth]", "auth"],
        ["error", "[postgres]", "postgres"],
        ["error", "[rbac.roles.admin]", "rbac"],
        ["error", "[rate_limits]", "rate_limits"],
        ["error", 'disabled_tools = ["rm"]', "kill_switch.disabled_tools"],
        ["error", 'disabled_backends = ["old"]', "kill_switch.disabled_backends"]
      ]
    )
  })
})

describe("what this version can't do yet", () => {
  it("is said in a sentence that tells the way out", () => {
    const [problem] = unsupported(configurationOf("[gateway]\naudit_enabled = true\n"))
    assert.strictEqual(
      problem?.message,
      "audit_enabled = true asks for the audit trail, which this version does not have yet; " +
        "remove the key or set it to false; " +
        "refusing to start because a gateway must not ignore a protection you asked for"
    )
    assert.strictEqual(
      problem === undefined ? "" : render(problem),
      [
        `error: ${file}:2:1  gateway.audit_enabled`,
        "  found    audit_enabled = true, which asks for the audit trail",
        "  allowed  nothing yet: this version does not have the audit trail",
        "  do       remove the key or set it to false; the gateway refuses to start rather than ignore what you asked for"
      ].join("\n")
    )
  })

  it("is nothing for a file that asks for nothing: empty sections and switches that are off", () => {
    const text = `${backend()}
[gateway]
audit_enabled = false
[auth]
[postgres]
[rbac.roles]
[rate_limits.per_tool]
[kill_switch]
disabled_tools = []
disabled_backends = []
`
    assert.deepStrictEqual(unsupported(configurationOf(text)), [])
  })

  it("is nothing for an HTTP backend", () => {
    const text = '[[backends]]\nname = "a"\ntype = "http"\nurl = "https://h/"\n'
    assert.deepStrictEqual(unsupported(configurationOf(text)), [])
  })

  it.each([
    "[auth]\njwt_issuer = 'x'",
    "[postgres]\nmax_connections = 3",
    "[rbac.roles.admin]",
    "[rate_limits]\ndefault_rpm = 1"
  ])("is refused as soon as one key is there: %s", (text) => {
    const problems = unsupported(configurationOf(text, environment))
    assert.deepStrictEqual(
      problems.map(({ line, severity }) => [severity, line]),
      [["error", 1]]
    )
  })
})
