import { assert, describe, it } from "@effect/vitest"
import { envelopeBounds, parse } from "../../src/protocol/Envelope.ts"
import { replyText, requestFrame } from "../../src/protocol/Splice.ts"

const call = (members: string) => parse(`{"jsonrpc":"2.0",${members}}`)

const refused = (message: ReturnType<typeof parse>, code: number, id: string | number | null = null) => {
  if (message._tag !== "Invalid") return assert.fail(`accepted: ${JSON.stringify(message)}`)
  assert.deepEqual([message.code, message.id], [code, id])
}

/** What a backend is sent for a client's request. */
const relayed = (text: string): string => {
  const message = parse(text)
  if (message._tag !== "Request") return assert.fail(`not a request: ${JSON.stringify(message)}`)
  return requestFrame("sg:1", message.method, message.params)
}

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`

describe("Hostile messages", () => {
  it("refuses what is not JSON, NaN and Infinity included, without repeating any of it", () => {
    for (const text of [
      "",
      "secret",
      "{",
      '{"jsonrpc":"2.0","id":NaN,"method":"x"}',
      '{"a":Infinity}',
      "{'a':1}",
      '{"a":1}{}'
    ]) {
      const message = parse(text)
      refused(message, -32700)
      assert.notInclude(JSON.stringify(message), "secret")
    }
  })

  it("refuses a frame that ends in anything but its own brace", () => {
    for (const end of ["", "]", "}}", '"', ",", "\u0000"]) {
      refused(parse(`{"jsonrpc":"2.0","id":1,"result":{}${end}`), -32700)
      refused(parse(`{"result":{},"jsonrpc":"2.0","id":1${end}`), -32700)
    }
    assert.deepInclude(parse('{"jsonrpc":"2.0","id":1,"result":{}} \n'), { _tag: "Reply", id: 1 })
  })

  it("refuses an id that is an object, an array, a float, huge, null, a boolean or too long, and does not echo it", () => {
    const long = JSON.stringify("x".repeat(envelopeBounds.idLength + 1))
    for (const id of ["{}", "[1]", "1.5", "9007199254740992", "1e400", "null", "true", long]) {
      refused(call(`"id":${id},"method":"ping"`), -32600)
      refused(call(`"id":${id},"result":{}`), -32600)
      refused(parse(`{"result":{},"jsonrpc":"2.0","id":${id}}`), -32600)
    }
    assert.deepInclude(call('"id":-7,"method":"ping"'), { id: -7 })
    assert.deepInclude(call('"id":9007199254740991,"method":"ping"'), { id: Number.MAX_SAFE_INTEGER })
    assert.deepInclude(call(`"id":"${"x".repeat(envelopeBounds.idLength)}","method":"ping"`), { _tag: "Request" })
  })

  it("refuses any version but the string 2.0", () => {
    for (const version of ['"1.0"', "2.0", '"2.0 "', "null", '["2.0"]']) {
      refused(parse(`{"jsonrpc":${version},"id":1,"method":"ping"}`), -32600, 1)
    }
    refused(parse('{"id":1,"method":"ping"}'), -32600, 1)
    refused(parse('{"jsonrpc":"1.0","id":1,"result":{}}'), -32600, 1)
  })

  it("refuses a method that is no string, empty or beyond its bound", () => {
    for (const method of ["1", "null", '""', JSON.stringify("m".repeat(envelopeBounds.methodLength + 1))]) {
      refused(call(`"id":1,"method":${method}`), -32600, 1)
    }
    assert.deepInclude(call(`"id":1,"method":"${"m".repeat(envelopeBounds.methodLength)}"`), { _tag: "Request" })
  })

  it("refuses params that are no object", () => {
    for (const params of ["[]", "null", '"x"', "1"])
      refused(call(`"id":1,"method":"ping","params":${params}`), -32600, 1)
  })

  it("refuses messages that are two things at once, or nothing", () => {
    for (const members of ['"method":"x","result":{}', '"method":"x","error":{"code":1,"message":""}']) {
      assert.deepInclude(call(`"id":1,${members}`), { _tag: "Invalid", id: 1, meant: "call" })
    }
    assert.deepInclude(call('"id":1,"result":{},"error":{"code":1,"message":""}'), {
      _tag: "Invalid",
      id: 1,
      meant: "reply"
    })
    assert.deepInclude(call('"id":1,"result":{},"error":null'), { _tag: "Invalid", meant: "reply" })
    assert.deepInclude(call('"id":1'), { _tag: "Invalid", meant: "unknown" })
    for (const text of ["1", '"x"', "null", "true"]) refused(parse(text), -32600)
  })

  it("refuses a result that is no object and an error without an integer code and a message", () => {
    for (const value of ["null", "[]", "1", '"x"']) {
      assert.deepInclude(call(`"id":1,"result":${value}`), { _tag: "Invalid", id: 1, meant: "reply" })
    }
    for (const value of ["null", "{}", '{"code":1.5,"message":""}', '{"code":"1","message":""}', '{"code":1}', "[]"]) {
      assert.deepInclude(call(`"id":1,"error":${value}`), { _tag: "Invalid", id: 1, meant: "reply" })
    }
  })

  it("keeps the error of a reply that has no id, as a server answers what it could not read", () => {
    const error = { code: -32022, message: "Unsupported protocol version" }
    for (const members of ['"id":null,', ""]) {
      assert.deepInclude(call(`${members}"error":${JSON.stringify(error)}`), {
        _tag: "Invalid",
        id: null,
        unaddressed: error
      })
    }
  })

  it("refuses nesting beyond the bound, in every kind of message, and 10,000 levels and more", () => {
    const levels = envelopeBounds.nesting - 2
    for (const depth of [levels + 1, 10_000, 1_000_000]) {
      assert.deepInclude(call(`"id":1,"method":"x","params":{"a":${nested(depth)}}`), {
        _tag: "Invalid",
        id: 1,
        meant: "call"
      })
      assert.deepInclude(call(`"id":1,"result":{"a":${nested(depth)}}`), { _tag: "Invalid", id: 1, meant: "reply" })
      assert.deepInclude(call(`"id":1, "result":{"a":${nested(depth)}}`), { _tag: "Invalid", id: 1, meant: "reply" })
      refused(parse(nested(depth + 2)), -32600)
    }
    assert.deepInclude(call(`"id":1,"method":"x","params":{"a":${nested(levels)}}`), { _tag: "Request" })
    assert.deepInclude(call(`"id":1,"result":{"a":${nested(levels)}}`), { _tag: "Reply" })
    assert.deepInclude(call(`"id":1, "result":{"a":${nested(levels)}}`), { _tag: "Reply" })
    const objects = `${'{"a":'.repeat(200)}1${"}".repeat(200)}`
    assert.deepInclude(call(`"id":1,"method":"x","params":${objects}`), { _tag: "Invalid" })
  })

  it("lets the last of repeated keys count and sends a backend that one alone", () => {
    const text =
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"read","name":"write"}}'
    assert.strictEqual(relayed(text), '{"jsonrpc":"2.0","id":"sg:1","method":"tools/call","params":{"name":"write"}}')
  })

  it("gives keys in another case no meaning and does not send them on", () => {
    refused(call('"id":1,"Method":"tools/call"'), -32600, 1)
    assert.strictEqual(
      relayed('{"jsonrpc":"2.0","id":1,"method":"tools/list","Method":"tools/call","params":{},"Params":{"a":1}}'),
      '{"jsonrpc":"2.0","id":"sg:1","method":"tools/list","params":{}}'
    )
  })

  it("treats __proto__ as a key like any other: nothing is inherited from it and it is passed on", () => {
    refused(parse('{"__proto__":{"jsonrpc":"2.0","method":"ping"},"id":1}'), -32600, 1)
    const text = '{"jsonrpc":"2.0","id":1,"method":"x","params":{"__proto__":{"polluted":true},"constructor":1}}'
    const message = parse(text)
    assert.strictEqual(message._tag === "Request" && message.params["polluted"], undefined)
    assert.include(relayed(text), '"params":{"__proto__":{"polluted":true},"constructor":1}')
    assert.notProperty({}, "polluted")
  })

  it("reads own members only, even if a dependency has polluted the object prototype", () => {
    // oxlint-disable-next-line no-extend-native
    Object.defineProperty(Object.prototype, "method", { value: "tools/call", configurable: true })
    try {
      refused(call('"id":1'), -32600, 1)
    } finally {
      Reflect.deleteProperty(Object.prototype, "method")
    }
  })

  it("keeps lone surrogates as escapes, so that what is sent is valid JSON and UTF-8", () => {
    const sent = relayed('{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"\\ud800","b":"\\ud83d\\ude00"}}')
    assert.include(sent, '"a":"\\ud800"')
    assert.strictEqual(Buffer.from(sent).toString(), sent)
    assert.include(sent, "😀")
  })

  it("shows a reply's repeated keys as its value has them", () => {
    const message = call('"id":1,"result":{"a":1},"result":{"a":2}')
    assert.strictEqual(message._tag === "Reply" && replyText(message), '{"a":2}')
  })
})
