import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { envelopeBounds } from "../../src/protocol/Envelope.ts"
import { memberText } from "../../src/protocol/Splice.ts"
import { jsonText, meaning, memberMeaning, objectText, stringText, tidyObject } from "./jsonText.ts"
import { holds } from "../fixtures/property.ts"

describe("A member's raw text", () => {
  it("means what the parsed member means, for any whitespace, order, escapes, decoys and repeated keys", () => {
    let found = 0
    holds(
      objectText,
      (text) => {
        const raw = memberText(text, "result")
        if (raw === undefined) return
        found++
        assert.strictEqual(meaning(raw), memberMeaning(text, "result"))
      },
      3_000
    )
    // Always undefined would be right and useless.
    assert.isAbove(found, 0)
  })

  it("is found in every frame whose keys are written once and plainly", () => {
    const indent = fc.constantFrom(undefined, 1, "\t")
    const order = fc.shuffledSubarray(["jsonrpc", "id", "other", "result"], { minLength: 4 })
    holds(fc.tuple(fc.oneof(tidyObject, fc.jsonValue()), indent, order), ([result, space, keys]) => {
      const parts = { jsonrpc: "2.0", id: "sg:1", other: { result: { decoy: true } }, result }
      const text = JSON.stringify(Object.fromEntries(keys.map((key) => [key, Reflect.get(parts, key)])), null, space)
      assert.strictEqual(
        meaning(memberText(text, "result") ?? assert.fail(`not found in ${text}`)),
        JSON.stringify(result)
      )
    })
  })

  it("is exact about where a string ends, whatever is escaped in it", () => {
    holds(
      fc.tuple(stringText, jsonText),
      ([string, other]) => {
        assert.strictEqual(memberText(`{"a":${string},"result":${string},"b":${other}}`, "result"), string)
      },
      1_000
    )
  })

  it("keeps numbers, spacing and escapes as the sender wrote them", () => {
    const raw = '{ "n": 12345678901234567890, "f": 1.50,\n "s": "\\u00e9\\/" }'
    assert.strictEqual(memberText(`{"jsonrpc":"2.0","result": ${raw} ,"id":1}`, "result"), raw)
  })

  it("is undefined where it is in doubt: the key twice, plainly or in escapes, or no such member", () => {
    for (const text of [
      '{"result":1,"result":2}',
      '{"result":1,"\\u0072esult":2}',
      '{"\\u0072esult":1}',
      '{"a":{"result":1},"b":"\\"result\\":1"}',
      '{"resultType":"complete","resul":1}',
      "{}",
      "[]",
      '"result"',
      "1"
    ]) {
      assert.isUndefined(memberText(text, "result"), text)
    }
    assert.strictEqual(memberText('{"error":{"code":1},"id":2}', "error"), '{"code":1}')
  })

  it("is undefined for a value nested beyond the bound, which a repeated key may hide from the parsed value", () => {
    const frame = (depth: number) => `{"result":{"a":${"[".repeat(depth)}${"]".repeat(depth)},"a":1}}`
    assert.isDefined(memberText(frame(envelopeBounds.nesting - 2), "result"))
    assert.isUndefined(memberText(frame(envelopeBounds.nesting - 1), "result"))
  })

  it("answers undefined, and ends, for a text that is cut off anywhere", () => {
    const text = '{"jsonrpc":"2.0","result":{"a":["x\\"y",{"b":1}]},"id":"sg:1"}'
    for (let end = 0; end < text.length; end++) assert.isUndefined(memberText(text.slice(0, end), "result"))
  })
})
