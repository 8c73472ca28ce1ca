import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { startGateway, type GatewayOptions } from "../fixtures/gateway.ts"

const canary = "hunter2-canary-of-the-start-test"
const good = '[[backends]]\nname = "one"\ncommand = "node"'
const auth = '[auth]\njwt_secret_env = "START_TEST_KEY"'

interface Refused {
  readonly what: string
  /** The file, after `extra`. */
  readonly text: string
  readonly extra?: string
  readonly secret?: string
  readonly line: number
  readonly key: string
  readonly words: string
}

const refused: ReadonlyArray<Refused> = [
  {
    what: "a secret that is not set",
    text: good,
    extra: auth,
    line: 2,
    key: "auth.jwt_secret_env",
    words: "is not set"
  },
  {
    what: "a secret that nobody has changed",
    text: good,
    extra: auth,
    secret: `change-me-${canary}-in-production`,
    line: 2,
    key: "auth.jwt_secret_env",
    words: "placeholder"
  },
  {
    what: "a secret that is too short",
    text: good,
    extra: auth,
    secret: canary.slice(0, 31),
    line: 2,
    key: "auth.jwt_secret_env",
    words: "31 bytes"
  },
  {
    what: "a key that nobody knows",
    text: `${good}\ntimout_secs = 5`,
    line: 4,
    key: "backends[0].timout_secs",
    words: "timeout_secs"
  },
  {
    what: "a section that nobody knows",
    text: good,
    extra: "[gatway]\nmax_calls = 5",
    line: 1,
    key: "gatway",
    words: "gateway"
  },
  {
    what: "a value of another type",
    text: `${good}\ntimeout_secs = "5"`,
    line: 4,
    key: "backends[0].timeout_secs",
    words: "allowed"
  },
  {
    what: "a value out of its range",
    text: `${good}\ntimeout_secs = 0`,
    line: 4,
    key: "backends[0].timeout_secs",
    words: "allowed"
  },
  { what: "two backends with one name", text: `${good}\n${good}`, line: 5, key: "backends[1].name", words: "one" },
  {
    what: "two names that only case tells apart",
    text: `${good}\n${good.replace("one", "ONE")}`,
    line: 5,
    key: "backends[1].name",
    words: "one"
  },
  {
    what: "a URL with credentials",
    text: `[[backends]]\nname = "web"\ntype = "http"\nurl = "https://ada:${canary}@example.org/mcp"`,
    line: 4,
    key: "backends[0].url",
    words: "allowed"
  },
  {
    what: "a secret written in the file",
    text: `${good}\nenv = { API_TOKEN = "${canary}" }`,
    line: 4,
    key: "backends[0].env.API_TOKEN",
    words: "a secret written in the file"
  },
  {
    what: "a secret among the arguments",
    text: `${good}\nargs = ["--api-key=${canary}"]`,
    line: 4,
    key: "backends[0].args[0]",
    words: "a secret written in the file"
  },
  {
    what: "a variable that is not there",
    text: `${good}\nenv = { API_TOKEN = { env = "START_TEST_MISSING" } }`,
    line: 4,
    key: "backends[0].env.API_TOKEN",
    words: "START_TEST_MISSING"
  },
  {
    what: "authentication, which is not there yet",
    text: good,
    extra: auth,
    secret: `${canary}-${canary}`,
    line: 1,
    key: "auth",
    words: "refuses to start"
  },
  {
    what: "the audit trail, which is not there yet",
    text: good,
    extra: "[gateway]\naudit_enabled = true",
    line: 2,
    key: "gateway.audit_enabled",
    words: "refuses to start"
  },
  {
    what: "rate limits, which are not there yet",
    text: good,
    extra: "[rate_limits]\ndefault_rpm = 5",
    line: 1,
    key: "rate_limits",
    words: "refuses to start"
  },
  {
    what: "an address that other machines can reach, without authentication",
    text: good,
    extra: '[gateway]\nlisten = "0.0.0.0:9200"',
    line: 2,
    key: "gateway.listen",
    words: "reverse proxy"
  },
  {
    what: "a token for a backend that would break out of its header",
    text: '[[backends]]\nname = "web"\ntype = "http"\nurl = "https://example.org/mcp"\nbearer_env = "START_TEST_KEY"',
    secret: `${canary}\r\nX-Other: 1`,
    line: 5,
    key: "backends[0].bearer_env",
    words: "line break"
  },
  { what: "no TOML", text: "[[backends]\nname = one", line: 1, key: "", words: "" }
]

/** Starts it and waits for its end; nothing of it may have been started, and stdout belongs to MCP. */
const endOf = async (options: GatewayOptions) => {
  await using gateway = startGateway(options)
  const exit = await gateway.client.exited
  const { lines, stderr } = gateway.client
  assert.deepStrictEqual(lines, [])
  assert.isEmpty(gateway.processes())
  const instances = join(gateway.stateDir, "instances")
  assert.isEmpty(existsSync(instances) ? readdirSync(instances) : [])
  return { exit, stderr, file: gateway.configFile }
}

describe("a gateway that is told something it can't do safely", () => {
  for (const { extra, key, line, secret, text, what, words } of refused) {
    it(`does not start, and says where and why: ${what}`, async () => {
      const env = { START_TEST_KEY: secret, START_TEST_MISSING: undefined }
      const options = { backends: [text], env, ...(extra !== undefined && { extra }) }
      const { exit, file, stderr } = await endOf(options)
      assert.deepStrictEqual(exit, { code: 78, signal: null }, stderr)
      assert.include(stderr, `${file}:${line}`)
      assert.include(stderr, key)
      assert.include(stderr, words)
      assert.notInclude(stderr, canary)
    })
  }

  it("does not start without the file that it was given", async () => {
    await using gateway = startGateway({ backends: [], args: ["--config", "/no/such/file.toml"] })
    const exit = await gateway.client.exited
    assert.notStrictEqual(exit.code, 0)
    assert.isEmpty(gateway.client.lines)
  })

  it("says all that is wrong at once", async () => {
    const { exit, file, stderr } = await endOf({ backends: [`${good}\ntimout_secs = 5\nretries = -1`] })
    assert.strictEqual(exit.code, 78)
    for (const line of [4, 5]) assert.include(stderr, `${file}:${line}`)
  })
})
