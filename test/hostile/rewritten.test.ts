import { assert, describe, it } from "@effect/vitest"
import { objectIn, parseObject, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { openGateway } from "../faults/opened.ts"
import { repliesTo } from "./served.ts"

/** The line that the backend got for these parameters of a call of `echo-raw`, written by hand. */
const lineFor = async (
  gateway: Awaited<ReturnType<typeof openGateway>>,
  params: string,
  members = ""
): Promise<string> => {
  const request = `{"jsonrpc":"2.0","id":"raw",${members}"method":"tools/call","params":${params}}\n`
  const replies = await repliesTo(gateway.client, request)
  assert.strictEqual(replies.length, 1, request)
  return textOf(replies[0] ?? {})
}

const open = () => openGateway({ backends: [legacyBackend("one")] }, ["one__echo-raw"])

describe("what a backend sees of a call", () => {
  it("is written anew: not one byte of the client's own layout, order of envelope or escapes", async () => {
    await using gateway = await open()
    const params = '{ "na\\u006de" : "one__echo\\u002draw" ,\t"arguments" : {"a" : 1e0, "b":"\\u0041\\/" } }'
    const line = await lineFor(gateway, params, '"extra":{"evil":1},')
    assert.match(
      line,
      /^\{"jsonrpc":"2\.0","id":"sg:\d+:\d+","method":"tools\/call","params":\{"name":"echo-raw","arguments":\{"a":1,"b":"A\/"\}\}\}$/
    )
  })

  it("holds one of two equal keys, the one that the gateway decided by", async () => {
    await using gateway = await open()
    const twice =
      '{"name":"one__crash","name":"one__echo-raw","arguments":{"a":1,"a":2},"arguments":{"b":1,"\\u0062":2}}'
    const params = objectIn(parseObject(await lineFor(gateway, twice)), "params")
    assert.deepStrictEqual(params, { name: "echo-raw", arguments: { b: 2 } })
    // A method or an id that is written twice is one as well.
    const doubled = '"id":"first","id":"raw","method":"no/such/method",'
    assert.include(await lineFor(gateway, '{"name":"one__echo-raw"}', doubled), '"method":"tools/call"')
  })

  it("holds __proto__ as the plain key that it is, which changes nothing about the rest", async () => {
    await using gateway = await open()
    const params =
      '{"__proto__":{"name":"one__crash"},"name":"one__echo-raw","arguments":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}'
    const line = await lineFor(gateway, params)
    assert.include(line, '"arguments":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
    assert.include(line, '"name":"echo-raw"')
    assert.isUndefined(Object.getOwnPropertyDescriptor(Object.prototype, "polluted"))
    const plain = await lineFor(gateway, '{"name":"one__echo-raw","arguments":{}}')
    assert.notInclude(plain, "polluted")
  })

  it("has lone surrogates escaped, so that the bytes are always UTF-8", async () => {
    await using gateway = await open()
    const line = await lineFor(
      gateway,
      '{"name":"one__echo-raw","arguments":{"high":"\\ud800","low":"\\udc00x","whole":"\\ud83d\\ude00"}}'
    )
    assert.include(line, '"high":"\\ud800"')
    assert.include(line, '"low":"\\udc00x"')
    assert.include(line, '"whole":"\u{1f600}"')
  })

  it("never has a line break in it, whatever the strings hold", async () => {
    await using gateway = await open()
    const line = await lineFor(gateway, '{"name":"one__echo-raw","arguments":{"text":"a\\nb\\r\\u2028\\u0000"}}')
    for (const character of ["\n", "\r", "\u0000"]) assert.notInclude(line, character)
    assert.deepStrictEqual(objectIn(objectIn(parseObject(line), "params"), "arguments"), { text: "a\nb\r\u2028\u0000" })
  })

  it("has the gateway's own words of the protocol, not the client's, when it is of the stateless era", async () => {
    await using gateway = await openGateway({ backends: [modernBackend("one")] }, ["one__echo-raw"])
    const forged =
      '{"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}},"progressToken":"stolen","com.example/kept":1}'
    const line = await lineFor(gateway, `{"name":"one__echo-raw","_meta":${forged}}`)
    const meta = objectIn(objectIn(parseObject(line), "params"), "_meta")
    assert.deepInclude(meta, { "io.modelcontextprotocol/protocolVersion": "2026-07-28", "com.example/kept": 1 })
    assert.notInclude(line, "stolen")
    assert.deepStrictEqual(meta["io.modelcontextprotocol/clientCapabilities"], {})
  })
})
