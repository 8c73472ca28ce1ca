import { assert, describe, it } from "@effect/vitest"
import { withoutRaw } from "../../src/protocol/BulkString.ts"
import { parse } from "../../src/protocol/Envelope.ts"
import { requestFrame } from "../../src/protocol/Splice.ts"

const rewritten = (params: string): string => {
  const message = parse(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`)
  assert.strictEqual(message._tag, "Request")
  return message._tag === "Request" ? requestFrame(2, message.method, message.params) : ""
}

describe("Numbers of a request that is written anew", () => {
  it("keep every digit, also where a JavaScript number cannot", () => {
    for (const number of [
      "12345678901234567890",
      "-9007199254740993",
      "0.12345678901234567890123",
      "9007199254740991"
    ]) {
      const params = `{"name":"x","arguments":{"id":${number},"list":[${number}]}}`
      assert.strictEqual(rewritten(params), `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":${params}}`)
    }
  })

  it("keep them beside strings with escapes", () => {
    const params = '{"name":"x","arguments":{"id":12345678901234567890,"text":"a\\nb"}}'
    assert.strictEqual(rewritten(params), `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":${params}}`)
  })

  it("are plain numbers for whoever reads them", () => {
    const message = parse('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"a":12345678901234567890,"b":7}}')
    assert.deepStrictEqual(message._tag === "Request" && withoutRaw(message.params), { a: 12345678901234567000, b: 7 })
  })

  it("are no way around the checks of an id", () => {
    const message = parse('{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}')
    assert.deepInclude(message, { _tag: "Invalid", id: null })
  })

  it("in digits inside of a string change nothing", () => {
    const params = '{"name":"x","arguments":{"text":"12345678901234567890"}}'
    assert.strictEqual(rewritten(params), `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":${params}}`)
  })
})
