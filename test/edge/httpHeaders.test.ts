import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { textOfHeader } from "../../src/protocol/HeaderValue.ts"
import { metaKeys } from "../../src/protocol/Meta.ts"
import { errorOf, objectIn } from "../fixtures/envelope.ts"
import { echoing, MemoryBackend } from "../tree/memoryBackend.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { begin, send, type Headers } from "./httpClient.ts"
import { httpEdge } from "./httpEdge.ts"
import { modernMeta } from "./mcpClient.ts"

const promise = Effect.promise

const query = {
  name: "query",
  inputSchema: {
    type: "object",
    properties: {
      region: { type: "string", "x-mcp-header": "Region" },
      limit: { type: "integer", "x-mcp-header": "Limit" },
      dry: { type: "boolean", "x-mcp-header": "Dry" },
      inner: { type: "object", properties: { deep: { type: "string", "x-mcp-header": "Deep" } } }
    }
  }
}

/** Its annotations break the rules: clients over HTTP leave it out, and none of them is a header's. */
const odd = {
  name: "odd",
  inputSchema: {
    type: "object",
    properties: {
      region: { type: "string", "x-mcp-header": "Region" },
      ratio: { type: "number", "x-mcp-header": "Ratio" },
      bad: { type: "string", "x-mcp-header": "not a token" }
    }
  }
}

const backend = () =>
  new MemoryBackend(specOf("a"), { tools: ["echo", query, odd], resources: ["note://ä"] }, { onCall: echoing })

const base64 = (text: string) => `=?base64?${Buffer.from(text).toString("base64")}?=`

describe("the headers of a request of the stateless era", () => {
  it.effect("must be there and say what the body says: 400 and -32020 if not, and nothing is called", () =>
    Effect.gen(function* () {
      const a = backend()
      const { client, url } = yield* httpEdge({ backends: [a] })
      const request = client().modern("tools/call", { name: "a__echo", arguments: {} }, { id: 4 })
      const without = (name: string) => {
        const { [name]: _, ...others } = { ...request.headers } as Record<string, string>
        return others
      }
      const wrong: ReadonlyArray<Headers> = [
        without("MCP-Protocol-Version"),
        without("Mcp-Method"),
        without("Mcp-Name"),
        { ...request.headers, "MCP-Protocol-Version": "2025-11-25" },
        { ...request.headers, "MCP-Protocol-Version": ["2026-07-28", "2026-07-28"] },
        { ...request.headers, "Mcp-Method": "tools/list" },
        { ...request.headers, "Mcp-Method": "TOOLS/CALL" },
        { ...request.headers, "Mcp-Name": "a__query" },
        { ...request.headers, "Mcp-Name": ["a__echo", "a__echo"] },
        { ...request.headers, "Mcp-Name": "=?base64?YV9fZWNobw?=" },
        { ...request.headers, "Mcp-Name": "=?base64?!!!!?=" }
      ]
      for (const headers of wrong) {
        const answer = yield* promise(() => send(url, { ...request, headers }))
        assert.strictEqual(answer.status, 400, JSON.stringify(headers))
        assert.strictEqual(errorOf(answer.json).code, -32020, JSON.stringify(headers))
        assert.strictEqual(answer.json["id"], 4)
      }
      assert.strictEqual(a.calls.length, 0)
      // A name that looks like the Base64 form has to be sent in it.
      const named = "=?base64?YQ==?="
      const raw = yield* promise(() => client().call(named))
      assert.strictEqual(errorOf(raw.json).code, -32020)
      const encoded = yield* promise(() => client().call(named, {}, { headers: { "Mcp-Name": base64(named) } }))
      assert.strictEqual(errorOf(encoded.json).code, -32602)
    })
  )

  it.effect("may be written in any case, with spaces around the value, and a name in Base64", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [backend()] })
      const { body } = client().modern("tools/call", { name: "a__echo", arguments: {} })
      for (const [version, method, name, value] of [
        ["mcp-protocol-version", "mcp-method", "mcp-name", "a__echo"],
        ["MCP-PROTOCOL-VERSION", "MCP-METHOD", "MCP-NAME", "   a__echo  "],
        ["Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name", base64("a__echo")]
      ] as const) {
        const headers = { [version]: "2026-07-28", [method]: "tools/call", [name]: value }
        assert.strictEqual((yield* promise(() => send(url, { body, headers }))).status, 200, value)
      }
      const uri = { uri: "note://ä" }
      const read = yield* promise(() =>
        client().ask("resources/read", uri, { headers: { "Mcp-Name": base64("note://ä") } })
      )
      assert.strictEqual(read.status, 200, read.text)
      const raw = yield* promise(() => client().ask("resources/read", uri, { headers: { "Mcp-Name": "note://ä" } }))
      assert.strictEqual(errorOf(raw.json).code, -32020)
    })
  )

  it.effect("mirror the arguments that a tool's schema names: each must be there and agree", () =>
    Effect.gen(function* () {
      const a = backend()
      const { client } = yield* httpEdge({ backends: [a] })
      const statusOf = (args: object, headers: Headers) =>
        promise(async () => {
          const answer = await client().call("a__query", { ...args }, { headers })
          return answer.status === 200 ? 200 : errorOf(answer.json).code
        })
      assert.strictEqual(yield* statusOf({}, {}), 200)
      assert.strictEqual(yield* statusOf({ region: null }, {}), 200)
      assert.strictEqual(
        yield* statusOf(
          { region: "us", limit: 42, dry: false, inner: { deep: " x " } },
          {
            "Mcp-Param-Region": "us",
            "mcp-param-limit": "42.0",
            "MCP-PARAM-DRY": "false",
            "Mcp-Param-Deep": base64(" x ")
          }
        ),
        200
      )
      const calls = a.calls.length
      for (const [args, headers] of [
        [{ region: "us" }, {}],
        [{ region: "us" }, { "Mcp-Param-Region": "eu" }],
        [{ region: "us" }, { "Mcp-Param-Region": "=?base64?dXM?=" }],
        [{}, { "Mcp-Param-Region": "us" }],
        [{ region: null }, { "Mcp-Param-Region": "null" }],
        [{ limit: 42 }, { "Mcp-Param-Limit": "43" }],
        [{ limit: 42 }, { "Mcp-Param-Limit": "0x2a" }],
        [{ dry: true }, { "Mcp-Param-Dry": "True" }],
        [{ inner: { deep: "x" } }, {}],
        [{ region: { toString: 1 } }, { "Mcp-Param-Region": "us" }]
      ] as ReadonlyArray<readonly [object, Headers]>) {
        assert.strictEqual(yield* statusOf(args, headers), -32020, JSON.stringify([args, headers]))
      }
      assert.strictEqual(a.calls.length, calls)
    })
  )

  it.effect("mirror nothing of a tool whose annotations break the rules", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [backend()] })
      const { status } = yield* promise(() => client().call("a__odd", { region: "us", bad: "x", ratio: 0.5 }))
      assert.strictEqual(status, 200)
    })
  )

  it.effect("mirror an argument that is so long that it is passed on unread", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [backend()] })
      const region = "long ".repeat(2_000)
      const call = (value: string) =>
        promise(() => client().call("a__query", { region }, { headers: { "Mcp-Param-Region": base64(value) } }))
      assert.strictEqual((yield* call(region)).status, 200)
      assert.strictEqual((yield* call(`${region}x`)).status, 400)
    })
  )

  it.effect("do not make a request stateless that says nothing of itself: 400 and -32602", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [backend()] })
      const request = client().modern("tools/list", {}, { id: 8 })
      const { [metaKeys.clientCapabilities]: _, ...noCapabilities } = modernMeta()
      const { [metaKeys.protocolVersion]: __, ...noVersion } = modernMeta()
      for (const params of [undefined, {}, { _meta: {} }, { _meta: noVersion }, { _meta: noCapabilities }]) {
        const answer = yield* promise(() => send(url, { ...request, body: { ...request.body, params } }))
        assert.strictEqual(answer.status, 400, JSON.stringify(params))
        assert.deepInclude(answer.json, { id: 8 })
        assert.strictEqual(errorOf(answer.json).code, -32602)
      }
    })
  )

  it.effect("that name a revision nobody speaks get 400, -32022 and what is spoken", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [backend()] })
      const odd = { [metaKeys.protocolVersion]: "2999-01-01" }
      const headers = { "MCP-Protocol-Version": "2999-01-01" }
      const answer = yield* promise(() => client().ask("tools/list", {}, { meta: odd, headers }))
      assert.strictEqual(answer.status, 400)
      const { code, data } = errorOf(answer.json)
      assert.strictEqual(code, -32022)
      assert.include(JSON.stringify(data), '"requested":"2999-01-01"')
      const mixed = yield* promise(() => client().ask("tools/list", {}, { meta: odd }))
      assert.strictEqual(errorOf(mixed.json).code, -32020)
    })
  )

  it.effect("that name a revision with a handshake get -32022 as well, and are told how that one begins", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [] })
      const meta = { [metaKeys.protocolVersion]: "2025-11-25" }
      const request = client().modern("tools/list", {}, { meta, headers: { "MCP-Protocol-Version": "2025-11-25" } })
      const answer = yield* promise(() => send(url, request))
      assert.strictEqual(answer.status, 400)
      const { code, data, message } = errorOf(answer.json)
      assert.strictEqual(code, -32022)
      assert.include(message, 'needs "initialize"')
      assert.strictEqual(objectIn({ data }, "data")["requested"], "2025-11-25")
    })
  )

  it.effect("do not save a method that is not there: 404 and -32601", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [backend()] })
      for (const method of ["no/such", "ping", "logging/setLevel", "resources/subscribe", "initialize"]) {
        const answer = yield* promise(() => client().ask(method))
        assert.strictEqual(answer.status, 404, method)
        assert.strictEqual(errorOf(answer.json).code, -32601, method)
      }
    })
  )

  it.effect("of sessions and of event ids say nothing there", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [backend()] })
      const headers = { "Mcp-Session-Id": "none", "Last-Event-ID": "1-1" }
      const answer = yield* promise(() => client().ask("tools/list", {}, { headers }))
      assert.strictEqual(answer.status, 200)
      assert.isUndefined(answer.headers["mcp-session-id"])
    })
  )

  it.effect("of a notification are only compared, and it is taken", () =>
    Effect.gen(function* () {
      const { url } = yield* httpEdge({ backends: [] })
      const body = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } }
      const version = { "MCP-Protocol-Version": "2026-07-28" }
      assert.strictEqual((yield* promise(() => send(url, { body, headers: version }))).status, 202)
      const other = { ...version, "Mcp-Method": "tools/call" }
      const refused = yield* promise(() => send(url, { body, headers: other }))
      assert.strictEqual(refused.status, 400)
      assert.strictEqual(objectIn(refused.json, "error")["code"], -32020)
      assert.isFalse("id" in refused.json)
    })
  )

  it.effect("can carry a request whose answer nobody waits for", () =>
    Effect.gen(function* () {
      const a = backend()
      const { client, url, serving } = yield* httpEdge({ backends: [a] })
      const pending = begin(url, client().modern("tools/list"))
      assert.strictEqual((yield* promise(() => pending.answer)).status, 200)
      assert.strictEqual(serving.load().calls, 0)
    })
  )

  it("are decoded only where the Base64 form is whole and good", () => {
    assert.strictEqual(textOfHeader("us-west1"), "us-west1")
    assert.strictEqual(textOfHeader("=?base64?SGVsbG8sIOS4lueVjA==?="), "Hello, 世界")
    assert.strictEqual(textOfHeader("SGVsbG8="), "SGVsbG8=")
    assert.strictEqual(textOfHeader("=?base64?SGVsbG8="), "=?base64?SGVsbG8=")
    assert.strictEqual(textOfHeader("=?BASE64?SGVsbG8=?="), "=?BASE64?SGVsbG8=?=")
    assert.strictEqual(textOfHeader("=?base64?="), "=?base64?=")
    assert.strictEqual(textOfHeader("=?base64??="), "")
    for (const bad of ["=?base64?SGVsbG8?=", "=?base64?SGVs!!!bG8=?=", "=?base64?/w==?=", "\u00e4", "a\u0001"]) {
      assert.isUndefined(textOfHeader(bad), bad)
    }
  })
})
