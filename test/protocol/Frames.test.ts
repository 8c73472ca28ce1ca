import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parse } from "../../src/protocol/Envelope.ts"
import { readStrictly } from "../../src/protocol/JsonRead.ts"
import {
  errorFrame,
  errorFrameRaw,
  notificationFrame,
  requestFrame,
  resultFrame,
  withMember
} from "../../src/protocol/Splice.ts"
import { meaning, memberMeaning, objectText, tidyObject } from "./jsonText.ts"
import { holds } from "../fixtures/property.ts"

const ids = fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.maxSafeInteger())

describe("Frames", () => {
  it("are read back as what they were made of, ids with their type", () => {
    holds(fc.tuple(ids, tidyObject), ([id, params]) => {
      const id0 = Object.is(id, -0) ? 0 : id
      assert.deepInclude(parse(resultFrame(id, JSON.stringify(params))), { _tag: "Reply", kind: "result", id: id0 })
      assert.deepInclude(parse(requestFrame(id, "a/b", {})), { _tag: "Request", id: id0, method: "a/b", params: {} })
      assert.deepInclude(parse(errorFrame(id, -31001, "busy", { a: 1 })), {
        _tag: "Reply",
        id: id0,
        value: { code: -31001, message: "busy", data: { a: 1 } }
      })
    })
  })

  it("leave out what is absent", () => {
    assert.strictEqual(requestFrame(1, "ping"), '{"jsonrpc":"2.0","id":1,"method":"ping"}')
    assert.strictEqual(notificationFrame("n", { a: 1 }), '{"jsonrpc":"2.0","method":"n","params":{"a":1}}')
    assert.strictEqual(
      errorFrame(null, -32700, "x"),
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}'
    )
    assert.strictEqual(errorFrameRaw("a", '{"code":1}'), '{"jsonrpc":"2.0","id":"a","error":{"code":1}}')
  })

  it("are one line, whatever line breaks a value from HTTP holds between its tokens", () => {
    const hostile = '{\r"a":\n{"jsonrpc":"2.0","id":5,"result":{}}\n,\r\n"s":"\\n"}'
    for (const frame of [resultFrame(1, hostile), errorFrameRaw(1, hostile)]) {
      assert.notMatch(frame, /[\n\r]/u)
      const { error, result } = JSON.parse(frame)
      assert.deepEqual(result ?? error, JSON.parse(hostile))
    }
    holds(objectText, (text) => {
      assert.strictEqual(memberMeaning(resultFrame(1, text), "result"), meaning(text))
    })
  })

  it("get one more member at the start of an object, be it empty, spaced or full", () => {
    assert.strictEqual(withMember("{}", "k", "1"), '{"k":1}')
    assert.strictEqual(withMember(' {\n "a":2}', "k", "1"), '{"k":1,"a":2}')
    holds(objectText, (text) => {
      const whole = withMember(text, "resultType", '"complete"')
      assert.strictEqual(memberMeaning(whole, "resultType"), '"complete"')
      const others = Object.entries(readStrictly(whole) ?? {}).filter(([key]) => key !== "resultType")
      assert.strictEqual(JSON.stringify(Object.fromEntries(others)), meaning(text))
    })
  })
})
