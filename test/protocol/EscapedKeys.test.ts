import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parse } from "../../src/protocol/Envelope.ts"
import { readJson, readStrictly } from "../../src/protocol/JsonRead.ts"
import { maxNesting } from "../../src/protocol/JsonScan.ts"
import { requestFrame } from "../../src/protocol/Splice.ts"
import { jsonText } from "./jsonText.ts"
import { holds } from "../fixtures/property.ts"

describe("Escaped keys", () => {
  it("are read as written, whatever keys another client has sent before", () => {
    const params = [
      ['{"h":[],"\\\\":0}', '{"h":1,"\\n":2}'],
      ['{"g":[],"\\\\":0}', '{"g":1,"\\u65e5":2}'],
      ['{"f":[],"\\\\u":0}', '{"f":1,"\\u0069d":2}'],
      ['{"e":[],"C:\\\\new":0}', '{"e":1,"C:\\newX":2}']
    ] as const
    const keys = params.map(([poison, victim]) => {
      parse(`{"jsonrpc":"2.0","id":1,"method":"x","params":${poison}}`)
      const message = parse(`{"jsonrpc":"2.0","id":1,"method":"x","params":${victim}}`)
      return message._tag === "Request" ? Object.keys(message.params)[1] : undefined
    })
    assert.deepEqual(keys, ["\n", "日", "id", "C:\newX"])
  })

  it("that hold backslashes, such as patterns in schemas, stay what they are", () => {
    const text = '{"jsonrpc":"2.0","id":1,"method":"x","params":{"patternProperties":{"^\\\\d+$":{"type":"string"}}}}'
    const message = parse(text)
    assert.strictEqual(message._tag === "Request" && requestFrame(1, message.method, message.params), text)
  })

  it("do not change what else a text means: both readers agree wherever keys have no escapes", () => {
    const value = fc.jsonValue({ noUnicodeString: false })
    const indent = fc.constantFrom(undefined, 2)
    holds(fc.tuple(value, indent), ([json, space]) => {
      const text = JSON.stringify(json, null, space)
      if (/\\[^]*":/u.test(text)) return
      assert.strictEqual(JSON.stringify(readStrictly(text)), JSON.stringify(JSON.parse(text)))
    })
  })

  it("never make the two readers differ", () => {
    holds(
      jsonText,
      (text) => assert.strictEqual(JSON.stringify(readJson(text)), JSON.stringify(readStrictly(text))),
      2_000
    )
  })

  it("leave a message that nests too deep what it is: refused, with its id", () => {
    const deep = `{"\\\\":${"[".repeat(maxNesting)}${"]".repeat(maxNesting)}}`
    assert.deepInclude(parse(`{"jsonrpc":"2.0","id":7,"result":${deep}}`), { code: -32600, id: 7, meant: "reply" })
  })

  it("cannot smuggle nesting beyond the bound past the strict reader", () => {
    const deep = (levels: number) => `{"\\\\":0,"a":${"[".repeat(levels)}${"]".repeat(levels)},"a":1}`
    assert.deepEqual(readJson(deep(maxNesting - 1)), { "\\": 0, a: 1 })
    assert.isUndefined(readJson(deep(1_000_000)))
  })
})
