import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { HttpLaunch } from "../../src/domain/BackendSpec.ts"
import { HttpHeaders, sessionIdLength } from "../../src/backend/HttpHeaders.ts"
import { noCredentials } from "../../src/backend/HttpCredentials.ts"
import { MirroredTools } from "../../src/backend/MirroredTools.ts"
import { headerValue } from "../../src/protocol/HeaderValue.ts"
import { mirroredBounds, mirroredHeaders, mirroredParams } from "../../src/protocol/MirroredParams.ts"
import { holds } from "../fixtures/property.ts"

/** What a server makes of a header's value (MCP 2026-07-28, Streamable HTTP, "Value Encoding"). */
const decoded = (value: string): string =>
  value.startsWith("=?base64?") && value.endsWith("?=")
    ? Buffer.from(value.slice("=?base64?".length, -2), "base64").toString("utf8")
    : value

describe("A value in a header", () => {
  it("is encoded as the specification's examples are", () => {
    assert.strictEqual(headerValue("us-west1"), "us-west1")
    assert.strictEqual(headerValue("Hello, 世界"), "=?base64?SGVsbG8sIOS4lueVjA==?=")
    assert.strictEqual(headerValue(" padded "), "=?base64?IHBhZGRlZCA=?=")
    assert.strictEqual(headerValue("line1\nline2"), "=?base64?bGluZTEKbGluZTI=?=")
    assert.strictEqual(headerValue("=?base64?literal?="), "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=")
  })

  it("is always safe, and always read as it was", () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: "grapheme" }),
      fc.constantFrom("=?base64?", "\r\nX: y", "", "\t")
    )
    holds(texts, (text) => {
      assert.match(headerValue(text), /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/)
      assert.strictEqual(decoded(headerValue(text)), text)
    })
  })
})

const schema = (properties: Record<string, unknown>) =>
  JSON.parse(JSON.stringify({ type: "object", properties })) as Parameters<typeof mirroredParams>[0]
const text = (name: unknown) => ({ type: "string", "x-mcp-header": name })

describe("Arguments that go out as headers too", () => {
  it("are found wherever properties alone lead, and taken by type", () => {
    const params = mirroredParams(
      schema({
        region: text("Region"),
        deep: { type: "object", properties: { count: { type: "integer", "x-mcp-header": "Count" } } },
        on: { type: "boolean", "x-mcp-header": "On" },
        "x-mcp-header": { type: "string" },
        free: { type: "string", default: { "x-mcp-header": "no" }, examples: [{ "x-mcp-header": "no" }] }
      })
    )
    if (typeof params === "string") return assert.fail(params)
    const headers = (args: Parameters<typeof mirroredHeaders>[1]) => mirroredHeaders(params, args)
    assert.deepStrictEqual(headers({ region: "Ústí", deep: { count: -7 }, on: false }), [
      "mcp-param-region",
      headerValue("Ústí"),
      "mcp-param-count",
      "-7",
      "mcp-param-on",
      "false"
    ])
    assert.deepStrictEqual(headers({ region: null, deep: { count: 1.5 }, on: {} }), [])
    assert.deepStrictEqual(headers({ deep: [] }), [])
    assert.deepStrictEqual(headers(undefined), [])
  })

  it("that are annotated wrongly make the definition invalid", () => {
    const annotated = text("A")
    for (const [properties, problem] of [
      [{ a: text("") }, /no header name/],
      [{ a: text("a b") }, /no header name/],
      [{ a: text("a\r\nb") }, /no header name/],
      [{ a: text(7) }, /no header name/],
      [{ a: text("x".repeat(mirroredBounds.nameLength + 1)) }, /no header name/],
      [{ a: text("Same"), b: text("same") }, /twice/],
      [{ a: { type: "number", "x-mcp-header": "A" } }, /no string, integer or boolean/],
      [{ a: { type: "object", "x-mcp-header": "A" } }, /no string, integer or boolean/],
      [{ a: { type: "array", items: annotated } }, /"properties" alone/],
      [{ a: { anyOf: [annotated] } }, /"properties" alone/],
      [{ a: { type: "object", if: { properties: { b: annotated } } } }, /"properties" alone/],
      [
        Object.fromEntries(
          Array.from({ length: mirroredBounds.params + 1 }, (_, index) => [`p${index}`, text(`P${index}`)])
        ),
        /more than 32/
      ]
    ] as const) {
      const found = mirroredParams(schema(properties))
      assert.match(typeof found === "string" ? found : "valid", problem, JSON.stringify(properties))
    }
  })

  const page = (
    names: ReadonlyArray<string>,
    nextCursor?: string,
    properties: Record<string, unknown> = { a: text("A") }
  ) => {
    const listed = names.map((name) => ({ name, inputSchema: schema(properties) }))
    return JSON.stringify({ jsonrpc: "2.0", id: "sg:1", result: { tools: listed, nextCursor } })
  }

  it("are learned from all pages of a list, and forgotten with the next list", () => {
    const tools = new MirroredTools(2)
    const mirrored = (name: string) => tools.headers({ name, arguments: { a: "x" } }).length > 0
    tools.learn({}, page(["one"], "more"))
    assert.isTrue(mirrored("one"), "the list may have no end")
    tools.learn({ cursor: "more" }, page(["two", "three"]))
    assert.deepStrictEqual(["one", "two", "three"].map(mirrored), [true, true, false], "the third is beyond the bound")
    tools.learn({}, '{"jsonrpc":"2.0","id":"sg:2","error":{"code":1,"message":""}}')
    assert.isTrue(mirrored("one"))
    tools.learn({}, page([]))
    assert.isFalse(mirrored("one"))
  })

  it("follow a list that has no end as far as it goes, and beyond it the list before", () => {
    const tools = new MirroredTools(3)
    const mirrored = (name: string) => tools.headers({ name, arguments: { a: "x" } }).length > 0
    const all = () => ["one", "two", "three", "four"].map(mirrored)
    tools.learn({}, page(["one", "two"]))
    tools.learn({}, page(["three"], "more"))
    assert.deepStrictEqual(all(), [true, true, true, false])
    tools.learn({ cursor: "more" }, page(["one"], "more", {}))
    assert.deepStrictEqual(all(), [false, true, true, false], "the newer list does not want it")
    tools.learn({}, page(["three", "four"], "more"))
    tools.learn({ cursor: "more" }, page(["one"], "more"))
    assert.deepStrictEqual(all(), [true, false, true, true], "the oldest goes when there are too many")
  })
})

const launch: HttpLaunch = {
  type: "http",
  url: "http://127.0.0.1/mcp",
  transport: "auto",
  headers: { "X-Key": "k" },
  allowedAddresses: [],
  oauth: undefined
}

const valueOf = (headers: ReadonlyArray<string>, name: string) => headers[headers.indexOf(name) + 1]

describe("The headers of a backend", () => {
  it("follow its credentials from the moment on at which they change", () => {
    let shown: Readonly<Record<string, string>> = { authorization: "Bearer one" }
    const headers = new HttpHeaders(launch, { ...noCredentials, headers: () => shown }, new MirroredTools(1))
    assert.strictEqual(valueOf(headers.post(), "authorization"), "Bearer one")
    assert.strictEqual(headers.post(), headers.post(), "nothing is put together twice")
    shown = { authorization: "Bearer two" }
    assert.strictEqual(valueOf(headers.post(), "authorization"), "Bearer two")
    assert.strictEqual(valueOf(headers.stream(undefined), "authorization"), "Bearer two")
    assert.strictEqual(valueOf(headers.post(), "X-Key"), "k")
  })

  it("take a session id only if it is visible ASCII within its bound", () => {
    const headers = new HttpHeaders(launch, noCredentials, new MirroredTools(1))
    for (const [id, taken] of [
      ["abc-!~", true],
      ["a b", false],
      ["", false],
      ["ž", false],
      ["x".repeat(sessionIdLength), true],
      ["x".repeat(sessionIdLength + 1), false]
    ] as const) {
      assert.strictEqual(headers.begin({ "mcp-session-id": id }), taken)
      assert.strictEqual(headers.inSession, taken)
    }
  })
})
