import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parse } from "../../src/protocol/Envelope.ts"
import { requestFrame } from "../../src/protocol/Splice.ts"
import { objectText } from "./jsonText.ts"
import { holds } from "../fixtures/property.ts"

describe("Envelope", () => {
  it("reads a request, a notification, a result and an error", () => {
    const texts = {
      request: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}',
      notification: '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}',
      result: '{"jsonrpc":"2.0","id":"sg:1","result":{"tools":[]}}',
      error: '{"jsonrpc":"2.0","id":"sg:1","error":{"code":-32601,"message":"no such method","data":{"x":1}}}'
    }
    const { error, notification, request, result } = texts
    assert.deepEqual(parse(request), {
      _tag: "Request",
      id: 1,
      method: "tools/call",
      params: { name: "echo" },
      text: request
    })
    assert.deepEqual(parse(notification), {
      _tag: "Notification",
      method: "notifications/progress",
      params: { progress: 1 },
      text: notification
    })
    assert.deepInclude(parse(result), { _tag: "Reply", id: "sg:1", kind: "result", value: { tools: [] }, text: result })
    assert.deepInclude(parse(error), {
      _tag: "Reply",
      id: "sg:1",
      kind: "error",
      value: { code: -32601, message: "no such method", data: { x: 1 } }
    })
  })

  it("takes absent params for none", () => {
    assert.deepInclude(parse('{"jsonrpc":"2.0","id":1,"method":"ping"}'), { _tag: "Request", params: {} })
  })

  it("takes a message with a method and an id for a request, whatever the id: it may be one of ours", () => {
    assert.deepInclude(parse('{"id":"sg:17","method":"ping","jsonrpc":"2.0"}'), { _tag: "Request", id: "sg:17" })
  })

  it("keeps an id's type: the string 1 is not the number 1", () => {
    assert.deepInclude(parse('{"jsonrpc":"2.0","id":"1","result":{}}'), { id: "1" })
    assert.deepInclude(parse('{"jsonrpc":"2.0","id":1,"result":{}}'), { id: 1 })
    assert.deepInclude(parse('{"jsonrpc":"2.0","id":"","method":"ping"}'), { id: "" })
  })

  it("never throws, and a request written anew is read as the same request", () => {
    holds(fc.oneof(objectText, fc.string(), fc.constant("")), (text) => {
      const first = parse(text)
      if (first._tag !== "Request") return
      const again = parse(requestFrame(first.id, first.method, first.params))
      assert.strictEqual(JSON.stringify({ ...again, text: "" }), JSON.stringify({ ...first, text: "" }))
    })
  })
})
