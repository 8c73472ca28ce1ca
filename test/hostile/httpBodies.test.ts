import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { connect } from "node:net"
import { objectIn, parseObject, textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { modernMeta } from "../fixtures/modernClient.ts"
import { peakMegabytes } from "../faults/memory.ts"
import {
  type ServingGateway,
  legacyText,
  openSession,
  refusalIn,
  serveGateway,
  sessionHeaders,
  stillServes
} from "./httpServed.ts"
import { answerOn, exchange, modernHeaders, modernText, requestBytes, withHeaders } from "./rawHttp.ts"

const mebibyte = 1_048_576
const parseError = -32700
const invalidRequest = -32600
const meta = JSON.stringify(modernMeta())

const ping = (members: string) => `{"jsonrpc":"2.0",${members}}`
const lists = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`
const echo = (id: string, args: string, more = "") =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call",${more}"params":{"name":"one__echo-raw","arguments":${args},"_meta":${meta}}}`

/** Bodies that are no message; what the error says. */
const broken: ReadonlyArray<readonly [what: string, body: string, code: number]> = [
  ["nothing", "", parseError],
  ["text", "hello there", parseError],
  ["half a message", '{"jsonrpc":"2.0","id":1,', parseError],
  ["two messages", `${ping('"id":1,"method":"ping"')}\n${ping('"id":2,"method":"ping"')}`, parseError],
  ["NaN", ping('"id":1,"method":"ping","params":{"a":NaN}'), parseError],
  ["Infinity as an id", ping('"id":Infinity,"method":"ping"'), parseError],
  ["500,000 brackets without an end", "[".repeat(500_000), parseError],
  ["a string", '"ping"', invalidRequest],
  ["null", "null", invalidRequest],
  ["an object that is no message", "{}", invalidRequest],
  ["a batch", `[${ping('"id":1,"method":"ping"')}]`, invalidRequest],
  ["an empty batch", "[]", invalidRequest],
  ["10,000 lists in each other", lists(10_000), invalidRequest],
  ["10,000 objects in each other", objects(10_000), invalidRequest],
  ['"Method" in place of "method"', '{"jsonrpc":"2.0","Method":"ping"}', invalidRequest],
  ["no version", '{"method":"ping"}', invalidRequest]
]

/** Ids that are none. */
const ids = [
  '{"a":1}',
  "[1]",
  "1.5",
  "12345678901234567890",
  "1e400",
  "null",
  "true",
  `"${"i".repeat(mebibyte)}"`,
  lists(10_000)
]

describe("the body of a request over HTTP", () => {
  let gateway: ServingGateway
  let session: string
  beforeAll(async () => {
    gateway = await serveGateway({ extra: "[gateway]\nrequest_timeout_secs = 1", backends: [legacyBackend("one")] }, [
      "one__echo-raw"
    ])
    session = await openSession(gateway.port)
  })
  afterAll(() => gateway.stop())

  const stateless = (body: string | Buffer, method = "tools/call", name: string | undefined = "one__echo-raw") =>
    exchange(gateway.port, { headers: modernHeaders(gateway.port, method, name), body })
  const inSession = (body: string | Buffer) =>
    exchange(gateway.port, { headers: sessionHeaders(gateway.port, session), body })

  it.each(broken)("that is %s gets 400 and an error of nobody's request", async (_, body, code) => {
    assert.deepStrictEqual(refusalIn(await inSession(body)), [400, code, null])
    assert.deepStrictEqual(refusalIn(await stateless(body)), [400, code, null])
    await stillServes(gateway.port)
  })

  it.each(ids.map((id) => [id.slice(0, 30), id]))(
    "with the id %s gets 400 and an error of nobody's request",
    async (_, id) => {
      assert.deepStrictEqual(refusalIn(await inSession(ping(`"id":${id},"method":"ping"`))), [
        400,
        invalidRequest,
        null
      ])
      assert.deepStrictEqual(refusalIn(await stateless(echo(id, "{}"))), [400, invalidRequest, null])
    }
  )

  it("with arguments nested 10,000 levels deep is refused, and reaches no backend", async () => {
    for (const value of [lists(10_000), objects(10_000)]) {
      const answer = await stateless(echo('"deep"', `{"a":${value}}`))
      assert.deepStrictEqual(refusalIn(answer), [400, invalidRequest, "deep"])
    }
  })

  it("reaches a backend written anew: one of two equal keys, odd keys as plain ones, surrogates escaped", async () => {
    const args = '{"a":1,"a":2,"__proto__":{"x":1},"constructor":1,"half":"\\ud800","text":"\\n\\u0000"}'
    const { message, status } = await stateless(echo('"raw"', args, '"extra":{"evil":1},'))
    assert.strictEqual(status, 200)
    const line = textOf(message)
    const seen = objectIn(objectIn(parseObject(line), "params"), "arguments")
    assert.deepStrictEqual(Object.entries(seen), [
      ["a", 2],
      ["__proto__", { x: 1 }],
      ["constructor", 1],
      ["half", "\ud800"],
      ["text", "\n\u0000"]
    ])
    for (const trace of ["evil", '"a":1', "\n", "\u0000"]) assert.notInclude(line, trace)
  })

  it("is judged by one of two equal keys, by the headers too", async () => {
    const twice = echo('"twice"', "{}").replace('"name":', '"name":"one__crash","name":')
    assert.strictEqual((await stateless(twice)).status, 200)
    const swapped = echo('"twice"', "{}").replace('"arguments":', '"name":"one__crash","arguments":')
    assert.deepStrictEqual(refusalIn(await stateless(swapped)), [400, -32020, "twice"])
  })

  it("that is larger than max_frame_bytes gets 413, whether it says so or not, and costs no memory", async () => {
    const before = peakMegabytes(gateway.pid)
    const large = Buffer.alloc(10 * mebibyte, "x")
    for (let round = 0; round < 5; round++) {
      assert.strictEqual((await stateless(large)).status, 413)
      const headers = withHeaders(modernHeaders(gateway.port, "tools/call", "one__echo-raw"), {
        "Transfer-Encoding": "chunked"
      })
      const chunk = Buffer.concat([
        Buffer.from(`${large.length.toString(16)}\r\n`),
        large,
        Buffer.from("\r\n0\r\n\r\n")
      ])
      assert.strictEqual((await exchange(gateway.port, { headers, body: chunk })).status, 413)
    }
    await stillServes(gateway.port)
    assert.isBelow(peakMegabytes(gateway.pid) - before, 100)
  })

  it("may be as large as a person's largest: 3 MiB arrive whole", async () => {
    const text = "ä".repeat(1.5 * mebibyte)
    const body = modernText("tools/call", { name: "one__echo", arguments: { text } })
    const { message } = await stateless(body, "tools/call", "one__echo")
    assert.strictEqual(textOf(message), text)
  })

  it("of which one half comes and then nothing costs the sender its connection, within request_timeout_secs", async () => {
    const whole = requestBytes({
      headers: modernHeaders(gateway.port, "tools/call", "one__echo"),
      body: modernText("tools/call", { name: "one__echo", arguments: { text: "half" } })
    })
    for (const length of [10, 60, whole.length - 20]) {
      const { status } = await answerOn(connect(gateway.port, "127.0.0.1"), whole.subarray(0, length))
      assert.include([0, 408], status)
    }
    await stillServes(gateway.port)
  })

  it("is not read where two headers disagree on its length", async () => {
    const headers = modernHeaders(gateway.port, "tools/call", "one__echo-raw")
    const body = echo('"smuggled"', "{}")
    const both = [
      ...headers,
      ["Content-Length", String(body.length)] as const,
      ["Transfer-Encoding", "chunked"] as const
    ]
    assert.strictEqual((await exchange(gateway.port, { headers: both, body })).status, 400)
    const twice = [...headers, ["Content-Length", "5"] as const, ["Content-Length", String(body.length)] as const]
    assert.strictEqual((await exchange(gateway.port, { headers: twice, body })).status, 400)
  })

  it("that is compressed gets 415: nothing is unpacked", async () => {
    const headers = [
      ...modernHeaders(gateway.port, "tools/call", "one__echo-raw"),
      ["Content-Encoding", "gzip"] as const
    ]
    assert.strictEqual((await exchange(gateway.port, { headers, body: echo("1", "{}") })).status, 415)
  })

  it("goes on being served in a session of 2025-03-26, in which batches are right", async () => {
    const old = await openSession(gateway.port, "/mcp", "2025-03-26")
    const body = `[${legacyText("ping", {}, 1)},${legacyText("ping", {}, 2)}]`
    const { status } = await exchange(gateway.port, { headers: sessionHeaders(gateway.port, old), body })
    assert.strictEqual(status, 200)
  })
})
