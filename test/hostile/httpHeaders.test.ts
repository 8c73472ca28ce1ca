import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { textOf } from "../fixtures/envelope.ts"
import { call, callsSeen, refusalIn, serveGateway, type ServingGateway, stillServes, untilTools } from "./httpServed.ts"
import { exchange, modernHeaders, modernText, withHeaders, type Header } from "./rawHttp.ts"

const headerMismatch = -32020
const base64 = (text: string) => `=?base64?${Buffer.from(text).toString("base64")}?=`

/** Headers that differ from the body of a call of `one__echo`, or are missing. */
const wrong: ReadonlyArray<readonly [what: string, changes: Readonly<Record<string, string | undefined>>]> = [
  ["another tool in Mcp-Name", { "Mcp-Name": "one__add" }],
  ["no Mcp-Name", { "Mcp-Name": undefined }],
  ["an empty Mcp-Name", { "Mcp-Name": "" }],
  ["the name in another case", { "Mcp-Name": "One__Echo" }],
  ["the backend's own name of the tool", { "Mcp-Name": "echo" }],
  ["base64 of another tool", { "Mcp-Name": base64("one__add") }],
  ["base64 with other marks", { "Mcp-Name": base64("one__echo").replace("base64", "BASE64") }],
  ["base64 that is none", { "Mcp-Name": "=?base64?***?=" }],
  ["base64 with one character too many", { "Mcp-Name": base64("one__echo").replace("?=", "A?=") }],
  ["base64 without its end", { "Mcp-Name": base64("one__echo").replace(/\?=$/, "") }],
  ["base64 of bytes that are no UTF-8", { "Mcp-Name": "=?base64?b25lX1/DKA==?=" }],
  ["empty base64", { "Mcp-Name": "=?base64??=" }],
  ["another method in Mcp-Method", { "Mcp-Method": "tools/list" }],
  ["no Mcp-Method", { "Mcp-Method": undefined }],
  ["the method in another case", { "Mcp-Method": "Tools/Call" }],
  ["another version", { "MCP-Protocol-Version": "2025-11-25" }],
  ["a version that nobody has", { "MCP-Protocol-Version": "2099-01-01" }],
  ["no version", { "MCP-Protocol-Version": undefined }]
]

/** What proxies say of a request, and what is the gateway's own business: nothing of it is believed from outside. */
const foreign: ReadonlyArray<Header> = [
  ["X-Forwarded-For", "203.0.113.7"],
  ["X-Forwarded-Host", "evil.example"],
  ["X-Forwarded-Proto", "gopher"],
  ["X-Forwarded-Prefix", "/admin"],
  ["Forwarded", "for=203.0.113.7;host=evil.example"],
  ["X-Real-IP", "203.0.113.7"],
  ["X-Original-URL", "/servers/one/mcp"],
  ["X-Rewrite-URL", "/servers/one/mcp"],
  ["X-HTTP-Method-Override", "DELETE"],
  ["X-Sentinel-Auth", "guessed"],
  ["X-Sentinel-Principal", "admin"],
  ["X-User", "admin"],
  ["Mcp-Session-Id", "guessed"],
  ["Last-Event-ID", "0"],
  ["Mcp-Param-Unknown", "=?base64?***?="]
]

describe("headers of a stateless request over HTTP", () => {
  let gateway: ServingGateway
  beforeAll(async () => {
    gateway = await serveGateway({ backends: [legacyBackend("one"), modernBackend("two")] }, [
      "one__echo",
      "two__add-tool"
    ])
  })
  afterAll(() => gateway.stop())

  const body = modernText("tools/call", { name: "one__echo", arguments: { text: "hello" } }, "h")
  const right = () => modernHeaders(gateway.port, "tools/call", "one__echo")
  const send = (headers: ReadonlyArray<Header>) => exchange(gateway.port, { headers, body })

  it.each(wrong)("get 400 and -32020 for %s, and no backend hears of the call", async (_, changes) => {
    const before = await callsSeen(gateway.port, "echo")
    assert.deepStrictEqual(refusalIn(await send(withHeaders(right(), changes))), [400, headerMismatch, "h"])
    assert.strictEqual(await callsSeen(gateway.port, "echo"), before)
  })

  it.each([
    ["Mcp-Name", "one__echo"],
    ["Mcp-Name", "one__add"],
    ["Mcp-Method", "tools/list"],
    ["MCP-Protocol-Version", "2025-11-25"]
  ])("get 400 when %s comes twice, the second time as %s", async (name, value) => {
    assert.deepStrictEqual(refusalIn(await send([...right(), [name, value]])), [400, headerMismatch, "h"])
  })

  it("are right in base64 as well, and whatever the case of their names", async () => {
    for (const changes of [
      { "Mcp-Name": base64("one__echo") },
      { "mcp-NAME": "one__echo" },
      { "Mcp-Name": "  one__echo " }
    ]) {
      const { message, status } = await send(withHeaders(right(), changes))
      assert.strictEqual(status, 200)
      assert.strictEqual(textOf(message), "hello")
    }
  })

  it("that only a proxy or the gateway itself may speak are ignored, one by one and together", async () => {
    for (const headers of [...foreign.map((header) => [header]), foreign]) {
      const { headers: sent, message, status } = await send([...right(), ...headers])
      assert.strictEqual(status, 200)
      assert.strictEqual(textOf(message), "hello")
      assert.isFalse(sent.has("mcp-session-id"))
    }
    const line = textOf((await call(gateway.port, "one__echo-raw", {}, foreign)).message)
    for (const trace of ["203.0.113.7", "evil.example", "guessed", "admin"]) assert.notInclude(line, trace)
  })

  it("that forge the host do not make a foreign host right", async () => {
    const answer = await send(
      withHeaders(right(), { Host: "evil.example", "X-Forwarded-Host": `127.0.0.1:${gateway.port}` })
    )
    assert.strictEqual(answer.status, 403)
  })

  it("that mirror an argument must mirror it: 400 and -32020 otherwise", async () => {
    const inputSchema = { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } }
    await call(gateway.port, "two__add-tool", { name: "mirrored", inputSchema })
    await untilTools(gateway.port, ["two__mirrored"])
    const status = async (args: { region?: string | null }, value?: string) => {
      const answer = await call(
        gateway.port,
        "two__mirrored",
        args,
        value === undefined ? [] : [["Mcp-Param-Region", value]]
      )
      return answer.status === 200 ? 200 : refusalIn(answer)
    }
    const refused = [400, headerMismatch, 1]
    assert.strictEqual(await status({ region: "eu" }, "eu"), 200)
    assert.strictEqual(await status({ region: "eü" }, base64("eü")), 200)
    assert.strictEqual(await status({}), 200)
    assert.strictEqual(await status({ region: null }), 200)
    assert.deepStrictEqual(await status({ region: "eu" }, "us"), refused)
    assert.deepStrictEqual(await status({ region: "eu" }), refused)
    assert.deepStrictEqual(await status({ region: "eu" }, base64("us")), refused)
    assert.deepStrictEqual(await status({ region: "eu" }, "=?base64?***?="), refused)
  })

  it("that are larger than a server reads cost their connection, and nothing else", async () => {
    const { status } = await send([...right(), ["X-Huge", "x".repeat(100_000)]])
    assert.strictEqual(status, 431)
    await stillServes(gateway.port)
  })
})
