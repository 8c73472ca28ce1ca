import { assert, describe, it } from "@effect/vitest"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import { backend, configurationOf, problemOf, problemsOf } from "./decoding.ts"

describe("a backend", () => {
  it("gets every default of the design", () => {
    const { boundsHttp: _, boundsStdio: bounds, ...rest } = backendDefaults
    assert.deepStrictEqual(configurationOf(backend()).backends, [
      {
        ...rest,
        name: "git",
        prefix: "git",
        idempotentTools: [],
        bounds,
        launch: { type: "stdio", command: "server", args: [], env: {}, secrets: [], envPass: [], cwd: undefined }
      }
    ])
  })

  it("over HTTP gets the wider bounds", () => {
    const [spec] = configurationOf('[[backends]]\nname = "a"\ntype = "http"\nurl = "https://h/mcp"\n').backends
    assert.deepStrictEqual(spec?.bounds, backendDefaults.boundsHttp)
    assert.strictEqual(spec?.launch.type, "http")
  })

  it("is not called by dots alone, which a path would lose", () => {
    for (const name of [".", "..", "..."]) assert.strictEqual(problemOf(backend("", name)).key, "backends[0].name")
    for (const name of [".a", "a.b", "a.."])
      assert.strictEqual(configurationOf(backend("", name)).backends[0]?.name, name)
  })

  it("takes every key of its section", () => {
    const lines = `
      args = ["a", ""]
      cwd = "work"
      env = { A = "1" }
      prefix = ""
      isolation = "session"
      when_down = "hide"
      idempotent_tools = ["read"]
      timeout_secs = 1
      start_timeout_secs = 2
      input_timeout_secs = 3
      retries = 4
      restart_on_exit = false
      max_restarts = 5
      restart_window_secs = 6
      restart_base_ms = 70
      restart_cap_secs = 8
      restart_stable_secs = 9
      quarantine_retry_secs = 10
      health_interval_secs = 11
      health_timeout_secs = 10
      health_misses = 13
      circuit_breaker_threshold = 14
      circuit_breaker_recovery_secs = 15
      max_in_flight = 16
      max_queued = 17
      max_frame_bytes = 1800
      max_tools = 19
      max_sessions = 20
      session_idle_secs = 21`
    const { circuit, health, restart } = backendDefaults
    assert.deepStrictEqual(configurationOf(backend(lines)).backends[0], {
      name: "git",
      launch: {
        type: "stdio",
        command: "server",
        args: ["a", ""],
        env: { A: "1" },
        secrets: [],
        envPass: [],
        cwd: "/etc/gateway/work"
      },
      prefix: "",
      isolation: "session",
      whenDown: "hide",
      idempotentTools: ["read"],
      timeoutMillis: 1_000,
      startTimeoutMillis: 2_000,
      inputTimeoutMillis: 3_000,
      retries: 4,
      restart: {
        ...restart,
        onExit: false,
        intensity: 5,
        windowMillis: 6_000,
        baseMillis: 70,
        capMillis: 8_000,
        stableMillis: 9_000,
        slowRetryMillis: 10_000
      },
      health: { ...health, intervalMillis: 11_000, timeoutMillis: 10_000, misses: 13 },
      circuit: { ...circuit, threshold: 14, openMillis: 15_000 },
      bounds: { inFlight: 16, queued: 17, frameBytes: 1_800, tools: 19, stderrLines: 200 },
      maxSessions: 20,
      sessionIdleMillis: 21_000
    })
  })

  it("over stdio needs a command, and over HTTP a url", () => {
    assert.deepInclude(problemOf('[[backends]]\nname = "a"\n'), { line: 1, key: "backends[0].command" })
    assert.deepInclude(problemOf('[[backends]]\nname = "a"\ntype = "http"\n'), { line: 1, key: "backends[0].url" })
    const problem = problemOf('[[backends]]\nname = "a"\nurl = "https://h/"\n')
    assert.match(problem.advice, /^add type = "http"/)
  })

  it("is warned about keys that have no effect on its type", () => {
    assert.deepInclude(problemOf(backend('url = "https://h/"')), { severity: "warning", key: "backends[0].url" })
  })

  it.each(["https://ada@h/", "https://ada:secret-pw@h/", "https://h/?api_key=secret-pw"])(
    "may not have credentials in its url, which are not shown: %s",
    (url) => {
      const problem = problemOf(`[[backends]]\nname = "a"\ntype = "http"\nurl = "${url}"\n`)
      assert.deepInclude(problem, { severity: "error", key: "backends[0].url" })
      assert.match(problem.found, /^a URL of h with .*\(not shown\)$/)
      assert.notMatch(JSON.stringify(problem), /secret-pw|ada/)
    }
  )

  it("must have a url that is one", () => {
    assert.include(problemOf('[[backends]]\nname = "a"\ntype = "http"\nurl = "https://[h"\n').found, "not a URL")
  })

  it("may not have a delay that starts above its cap, nor a probe that outlasts its interval", () => {
    assert.deepInclude(problemOf(backend("restart_base_ms = 2000\nrestart_cap_secs = 1")), {
      key: "backends[0].restart_base_ms",
      allowed: "at most restart_cap_secs"
    })
    assert.strictEqual(
      problemOf(backend("health_timeout_secs = 9\nhealth_interval_secs = 8")).key,
      "backends[0].health_timeout_secs"
    )
  })

  it("is not held to a default: an unwritten cap, timeout or interval gives way to what is written", () => {
    const restart = configurationOf(backend("restart_base_ms = 50000")).backends[0]?.restart
    assert.deepInclude(restart, { baseMillis: 50_000, capMillis: 50_000 })
    const quick = configurationOf(backend("health_interval_secs = 2")).backends[0]?.health
    assert.deepInclude(quick, { intervalMillis: 2_000, timeoutMillis: 2_000 })
    const patient = configurationOf(backend("health_timeout_secs = 40")).backends[0]?.health
    assert.deepInclude(patient, { intervalMillis: 40_000, timeoutMillis: 40_000 })
    const open = configurationOf(backend("circuit_breaker_recovery_secs = 900")).backends[0]?.circuit
    assert.deepInclude(open, { openMillis: 900_000, openCapMillis: 900_000 })
  })
})

describe("the names of backends", () => {
  it.each([
    ["the same", "git", "the same name as backends[0] (line 1)"],
    ["the same but for case", "GIT", "differs only in case or punctuation"]
  ])("may not be %s", (_, name, found) => {
    const problem = problemOf(backend() + backend("", name))
    assert.deepInclude(problem, { severity: "error", key: "backends[1].name", line: 6 })
    assert.include(problem.found, found)
  })

  it("may not look like paths", () => {
    for (const name of ["../../evil", "a/b", "a\\\\b"]) {
      assert.deepInclude(problemOf(backend("", name)), { severity: "error", key: "backends[0].name" })
    }
  })

  it("may not become the same as public names", () => {
    assert.strictEqual(problemOf(backend("", "my.git") + backend("", "my git")).key, "backends[1].name")
  })

  it("are made of letters, digits, _ and - when they become prefixes", () => {
    assert.strictEqual(configurationOf(backend("", "my git.v2")).backends[0]?.prefix, "my_git_v2")
  })

  it("are counted for backends that are not enabled too", () => {
    assert.strictEqual(problemsOf(backend() + backend("enabled = false", "Git")).length, 1)
  })

  it.each([
    ["equal", 'prefix = "x"', 'prefix = "X"'],
    ["both empty", 'prefix = ""', 'prefix = ""'],
    ["the beginning of each other", 'prefix = "x"', 'prefix = "x__y"'],
    ["apart only by an underscore", 'prefix = "x"', 'prefix = "x_"']
  ])("are warned about when their prefixes are %s", (_, one, other) => {
    const problem = problemOf(backend(one, "one") + backend(other, "two"))
    assert.deepInclude(problem, { severity: "warning", key: "backends[1].prefix", line: 8 })
  })

  it("are not warned about when one has no prefix, or is not enabled", () => {
    assert.deepStrictEqual(problemsOf(backend('prefix = ""', "one") + backend("", "two")), [])
    assert.deepStrictEqual(
      problemsOf(backend('prefix = "x"', "one") + backend('prefix = "x"\nenabled = false', "two")),
      []
    )
  })
})
