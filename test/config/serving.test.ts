import { assert, describe, it } from "@effect/vitest"
import { unsupported } from "../../src/config/Unsupported.ts"
import { httpDefaults } from "../../src/edge/HttpSettings.ts"
import { configurationOf, problemOf } from "./decoding.ts"

const gateway = (lines: string) => `[gateway]\n${lines}\n`
const serving = (lines: string) => configurationOf(gateway(lines)).serving

describe("serving HTTP", () => {
  it("is on the loopback address, with every default of the edge", () => {
    const { bounds, host, port } = httpDefaults
    assert.deepStrictEqual(configurationOf("").serving, { host, port, allowedHosts: [], allowedOrigins: [], bounds })
  })

  it("takes every key of its section", () => {
    const lines = `listen = "[::1]:0"
      allowed_hosts = ["MCP.example.org", "[::1]:8443", "192.0.2.1:80"]
      allowed_origins = ["HTTPS://App.example.org:443", "http://localhost:5173", "vscode-webview://abc"]
      max_frame_bytes = 2048
      max_connections = 3
      max_sessions = 4
      http_session_idle_secs = 5
      replay_events = 6
      replay_bytes = 7000
      keep_alive_secs = 8
      drain_secs = 9
      request_timeout_secs = 10`
    assert.deepStrictEqual(serving(lines), {
      host: "::1",
      port: 0,
      allowedHosts: ["mcp.example.org", "[::1]:8443", "192.0.2.1:80"],
      allowedOrigins: ["https://app.example.org", "http://localhost:5173", "vscode-webview://abc"],
      bounds: {
        bodyBytes: 2_048,
        bodyBytesInAll: httpDefaults.bounds.bodyBytesInAll,
        connections: 3,
        sessions: 4,
        sessionIdleMillis: 5_000,
        replayEvents: 6,
        replayBytes: 7_000,
        replayBytesInAll: httpDefaults.bounds.replayBytesInAll,
        keepAliveMillis: 8_000,
        drainMillis: 9_000,
        requestMillis: 10_000
      }
    })
  })

  it("has room for the largest body that is allowed", () => {
    const { bounds } = serving("max_frame_bytes = 268435456")
    assert.deepStrictEqual([bounds.bodyBytes, bounds.bodyBytesInAll], [268_435_456, 268_435_456])
  })

  it.each([
    "127.0.0.1",
    "9200",
    ":9200",
    "example.org:80",
    "127.0.0.1:65536",
    "::1:9200",
    "[127.0.0.1]:80",
    "1.2.3:80"
  ])("may not be at %s", (address) => {
    const problem = problemOf(gateway(`listen = "${address}"`))
    assert.deepInclude(problem, { severity: "error", line: 2, key: "gateway.listen" })
  })

  it.each([
    "",
    "*",
    "https://example.org",
    "example.org/",
    "a b",
    "example.org:65536",
    "[::1",
    "ex\u00e4mple.org",
    "a..b"
  ])("may not be for the host %o", (host) => {
    const problem = problemOf(gateway(`allowed_hosts = ["${host}"]`))
    assert.strictEqual(problem.key, "gateway.allowed_hosts[0]")
  })

  it.each(["", "*", "null", "example.org", "https://example.org/", "https://a@example.org", "https://*.example.org"])(
    "may not be for the origin %o",
    (origin) => {
      const problem = problemOf(gateway(`allowed_origins = ["${origin}"]`))
      assert.strictEqual(problem.key, "gateway.allowed_origins[0]")
    }
  )
})

describe("serving without authentication", () => {
  const problemsOf = (address: string) => unsupported(configurationOf(gateway(`listen = "${address}"`)))

  it.each(["127.0.0.1:80", "127.255.0.1:80", "[::1]:80", "[0:0:0:0:0:0:0:1]:80", "localhost:80", "LOCALHOST:80"])(
    "is allowed at %s, which only this machine can reach",
    (address) => {
      assert.deepStrictEqual(problemsOf(address), [])
    }
  )

  it.each(["0.0.0.0:80", "[::]:80", "192.168.1.7:80", "[::ffff:127.0.0.1]:80", "[fe80::1]:80"])(
    "is refused at %s, which other machines can reach",
    (address) => {
      const [problem, ...more] = problemsOf(address)
      assert.deepInclude(problem, { severity: "error", line: 2, key: "gateway.listen" })
      assert.match(problem?.advice ?? "", /127\.0\.0\.1.*a reverse proxy in front of it that authenticates/)
      assert.deepStrictEqual(more, [])
    }
  )
})
