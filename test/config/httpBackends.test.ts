import { assert, describe, it } from "@effect/vitest"
import { headersMax } from "../../src/config/HeaderNames.ts"
import { headerValueMax } from "../../src/config/HttpCredentials.ts"
import { backend, configurationOf, problemOf, problemsOf } from "./decoding.ts"

const canary = "hunter2-canary"

const web = (lines = "", url = "https://example.org/mcp") =>
  `[[backends]]\nname = "web"\ntype = "http"\nurl = "${url}"\n${lines}\n`

const launchOf = (text: string, environment = {}) => {
  const launch = configurationOf(text, { HOME: "/", ...environment }).backends[0]?.launch
  if (launch?.type !== "http") throw new Error("not a backend that is reached by HTTP")
  return launch
}

describe("a backend that is reached by HTTP", () => {
  it("is looked for by both transports, without credentials and on public addresses alone", () => {
    assert.deepStrictEqual(launchOf(web()), {
      type: "http",
      url: "https://example.org/mcp",
      transport: "auto",
      headers: {},
      allowedAddresses: [],
      oauth: undefined
    })
  })

  it("takes every key of its section", () => {
    const lines = `transport = "sse"
      headers_env = { "X-Api-Key" = "WEB_KEY", "X-Tenant" = "TENANT" }
      allow_addresses = ["10.0.0.0/8", "192.168.1.7", "fd00::/8", "::1"]
      oauth = { grant = "client_credentials", client_id = "me", client_secret_env = "WEB_SECRET", scope = "a b:c" }`
    const launch = launchOf(web(lines), { WEB_KEY: "k 1", TENANT: "t", WEB_SECRET: "s" })
    assert.deepStrictEqual(launch, {
      type: "http",
      url: "https://example.org/mcp",
      transport: "sse",
      headers: { "X-Api-Key": "k 1", "X-Tenant": "t" },
      allowedAddresses: ["10.0.0.0/8", "192.168.1.7", "fd00::/8", "::1"],
      oauth: { grant: "client_credentials", clientId: "me", clientSecret: "s", scope: "a b:c" }
    })
  })

  it.each([
    ["http://127.0.0.1:3001", "http://127.0.0.1:3001/mcp"],
    ["http://127.0.0.1:3001/", "http://127.0.0.1:3001/"],
    ["https://example.org/api/v1/mcp/", "https://example.org/api/v1/mcp/"],
    ["https://example.org?tenant=1", "https://example.org?tenant=1"]
  ])("at %s is spoken to at %s", (written, spoken) => {
    assert.strictEqual(launchOf(web("", written)).url, spoken)
  })

  it("that speaks HTTP+SSE alone is spoken to just where its url says", () => {
    assert.strictEqual(launchOf(web('transport = "sse"', "http://127.0.0.1:3001")).url, "http://127.0.0.1:3001")
  })

  it.each([
    "10.0.0.0/33",
    "10.0.0/8",
    "10.0.0.1/08",
    "fd00::/129",
    "example.org",
    "::ffff:10.0.0.1",
    "fe80::1%eth0",
    "10.0.0.0/8/8",
    ""
  ])("may not allow %o as an address", (address) => {
    const problem = problemOf(web(`allow_addresses = ["${address}"]`))
    assert.deepInclude(problem, { severity: "error", line: 5, key: "backends[0].allow_addresses[0]" })
  })

  it("keeps the credentials of its requests out of what messages show, when their variables are not named", () => {
    for (const line of [`bearer_env = "${canary}"`, `headers_env = { "X-Tenant" = "${canary}" }`]) {
      assert.notInclude(JSON.stringify(problemOf(web(line))), canary)
    }
    const problem = problemOf(web(`headers_env = { Authorization = "Bearer ${canary}" }`))
    assert.match(problem.advice, /bearer_env = "VARIABLE" or headers_env/)
    assert.notInclude(JSON.stringify(problem), canary)
  })

  it("is warned about keys of a child process, and a child process about keys of HTTP", () => {
    assert.deepInclude(problemOf(web('cwd = "/"')), { severity: "warning", key: "backends[0].cwd" })
    for (const line of ['bearer_env = "NOPE"', "shared_secret = true", 'oauth = { grant = "authorization_code" }']) {
      assert.strictEqual(problemOf(backend(line)).severity, "warning")
    }
  })
})

describe("a header from a variable", () => {
  const given = (value: string | undefined) => ({ HOME: "/", WEB_KEY: value })

  it.each([
    ["is not set", undefined],
    ["is not set", ""],
    ["holds a line break", `${canary}\r\nX-Other: 1`],
    ["holds a line break", `${canary}\n`],
    ["holds characters that are not visible ASCII", `${canary}\u00e4`],
    ["holds characters that are not visible ASCII", `${canary}\0`],
    ["begins or ends with a blank", ` ${canary}`],
    [`holds ${headerValueMax + 1} characters`, canary.padEnd(headerValueMax + 1, "x")]
  ])("is refused without being shown when it %s", (fault, value) => {
    const headers = problemOf(web('headers_env = { "X-Api-Key" = "WEB_KEY" }'), given(value))
    assert.deepInclude(headers, { line: 5, key: "backends[0].headers_env.X-Api-Key", severity: "error" })
    assert.strictEqual(headers.found, `the variable WEB_KEY, which ${fault}`)
    const bearer = problemOf(web('bearer_env = "WEB_KEY"'), given(value))
    assert.deepInclude(bearer, { line: 5, key: "backends[0].bearer_env", found: headers.found })
    assert.notInclude(JSON.stringify([headers, bearer]), canary)
  })

  it("may be as long as servers take", () => {
    const value = "x".repeat(headerValueMax)
    assert.strictEqual(
      launchOf(web('headers_env = { "X-Api-Key" = "WEB_KEY" }'), given(value)).headers["X-Api-Key"],
      value
    )
  })

  it("is not looked up for a backend that is not enabled", () => {
    assert.deepStrictEqual(problemsOf(web('enabled = false\nbearer_env = "NOPE"')), [])
  })

  it.each([
    "Host",
    "Content-Type",
    "content-length",
    "Accept",
    "Mcp-Session-Id",
    "MCP-Protocol-Version",
    "Mcp-Method",
    "Last-Event-ID",
    "Connection",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Proxy-Authorization",
    "Expect",
    "Accept-Encoding"
  ])("may not be %s, which the gateway sets", (name) => {
    const problem = problemOf(web(`headers_env = { ${name} = "WEB_KEY" }`), given("abc"))
    assert.strictEqual(problem.key, `backends[0].headers_env.${name}`)
    assert.include(problem.found, "which the gateway sets by itself")
  })

  it.each(["X Key", "X:Key", "", "X-K\u00e9y", "x".repeat(65)])("has the name of a header, which %o is not", (name) => {
    const problem = problemOf(web(`headers_env = { "${name}" = "WEB_KEY" }`), given("abc"))
    assert.include(problem.found, "not the name of a header")
  })

  it("is given once, whatever the case", () => {
    const problem = problemOf(web('headers_env = { "X-Key" = "WEB_KEY", x-key = "WEB_KEY" }'), given("abc"))
    assert.deepInclude(problem, { key: "backends[0].headers_env.x-key", allowed: "each header once" })
  })

  it("has one source for Authorization: the header, a token or OAuth", () => {
    const header = 'headers_env = { authorization = "WEB_KEY" }'
    const oauth = 'oauth = { grant = "authorization_code" }'
    assert.deepStrictEqual(launchOf(web(header), given("Basic abc=")).headers, { authorization: "Basic abc=" })
    assert.strictEqual(
      problemOf(web(`${header}\nbearer_env = "WEB_KEY"`), given("abc")).key,
      "backends[0].headers_env.authorization"
    )
    assert.strictEqual(problemOf(web(`${header}\n${oauth}`), given("abc")).key, "backends[0].headers_env.authorization")
    assert.strictEqual(problemOf(web(`bearer_env = "WEB_KEY"\n${oauth}`), given("abc")).key, "backends[0].bearer_env")
  })

  it(`is one of ${headersMax} at most`, () => {
    const headers = (count: number) =>
      web(`headers_env = { ${Array.from({ length: count }, (_, index) => `X-${index} = "WEB_KEY"`).join(", ")} }`)
    assert.deepStrictEqual(problemsOf(headers(headersMax), given("abc")), [])
    assert.strictEqual(problemOf(headers(headersMax + 1), given("abc")).found, `${headersMax + 1} headers`)
  })
})

describe("a token from a variable", () => {
  const line = 'bearer_env = "WEB_TOKEN"'

  it("is sent as Authorization", () => {
    assert.deepStrictEqual(launchOf(web(line), { WEB_TOKEN: "a-b.c~d+e/f==" }).headers, {
      Authorization: "Bearer a-b.c~d+e/f=="
    })
  })

  it("has the characters of a token, and not the word Bearer", () => {
    assert.include(problemOf(web(line), { WEB_TOKEN: "Bearer abc" }).found, "which the gateway adds itself")
    assert.include(problemOf(web(line), { WEB_TOKEN: "abc def" }).found, "characters that no token has")
  })
})

describe("BACKEND_SHARED_SECRET", () => {
  const secret = "0123456789abcdef0123456789abcdef"

  it("is sent to HTTP backends, as the original gateway does", () => {
    assert.deepStrictEqual(launchOf(web(), { BACKEND_SHARED_SECRET: secret }).headers, { "X-Sentinel-Auth": secret })
  })

  it("is not sent where the file says so, nor over a header of that name", () => {
    assert.deepStrictEqual(launchOf(web("shared_secret = false"), { BACKEND_SHARED_SECRET: secret }).headers, {})
    const own = web('headers_env = { x-sentinel-auth = "OWN" }')
    assert.deepStrictEqual(launchOf(own, { BACKEND_SHARED_SECRET: secret, OWN: "o" }).headers, {
      "x-sentinel-auth": "o"
    })
  })

  it("may be unset or empty, as containers pass on what is not set", () => {
    assert.deepStrictEqual(launchOf(web(), { BACKEND_SHARED_SECRET: "" }).headers, {})
  })

  it.each([
    ["holds only 14 bytes", canary],
    ['holds a placeholder ("change-me...")', `change-me-${canary}-and-more-of-it`],
    ["holds a line break", `${secret}\n${canary}`]
  ])("refuses to start when it %s", (fault, value) => {
    const problem = problemOf(backend("", "one") + web(), { HOME: "/", BACKEND_SHARED_SECRET: value })
    assert.deepInclude(problem, { severity: "error", line: 5, key: "backends[1]" })
    assert.include(problem.found, `the variable BACKEND_SHARED_SECRET, which is sent to this backend and ${fault}`)
    assert.notInclude(JSON.stringify(problem), canary)
  })

  it("is not asked about where no backend gets it", () => {
    const environment = { HOME: "/", BACKEND_SHARED_SECRET: "short" }
    assert.deepStrictEqual(problemsOf(backend() + web("shared_secret = false"), environment), [])
    assert.deepStrictEqual(problemsOf(web("enabled = false"), environment), [])
  })
})

describe("OAuth of a backend", () => {
  it("may be a section of its own", () => {
    const text = web('[backends.oauth]\ngrant = "authorization_code"\nscope = "mcp:read"')
    assert.deepStrictEqual(launchOf(text).oauth, {
      grant: "authorization_code",
      clientId: undefined,
      clientSecret: undefined,
      scope: "mcp:read"
    })
  })

  it.each([
    ["{}", "grant"],
    ['{ grant = "password" }', "grant"],
    ['{ grant = "client_credentials", client_secret_env = "WEB_SECRET" }', "client_id"],
    ['{ grant = "client_credentials", client_id = "me" }', "client_secret_env"],
    ['{ grant = "authorization_code", client_secret_env = "WEB_SECRET" }', "client_id"],
    ['{ grant = "authorization_code", client_id = "me", client_secret_env = "NOPE" }', "client_secret_env"],
    ['{ grant = "authorization_code", scope = "a  b" }', "scope"],
    ['{ grant = "authorization_code", client_secret = "abc" }', "client_secret"]
  ])("is refused as %s, by the key", (oauth, key) => {
    const problem = problemOf(web(`oauth = ${oauth}`), { HOME: "/", WEB_SECRET: "s" })
    assert.deepInclude(problem, { severity: "error", line: 5, key: `backends[0].oauth.${key}` })
  })
})
