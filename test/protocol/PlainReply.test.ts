import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parse } from "../../src/protocol/Envelope.ts"
import { readPlainReply } from "../../src/protocol/PlainReply.ts"
import { replyText } from "../../src/protocol/Splice.ts"
import { jsonText, meaning, memberMeaning, tidyObject } from "./jsonText.ts"
import { holds } from "../fixtures/property.ts"

const layouts = (id: string, kind: string, value: string) => [
  `{"jsonrpc":"2.0","id":${id},"${kind}":${value}}`,
  `{"${kind}":${value},"jsonrpc":"2.0","id":${id}}`
]

/** Texts that a hostile backend puts where a value or an id belongs. */
const smuggled = fc.oneof(
  jsonText,
  fc.tuple(jsonText, jsonText).map(([first, second]) => `${first},"result":${second}`),
  jsonText.map((value) => `{},"id":7,"x":${value}`),
  fc.constantFrom('{},"id":{}', '{}},{"a":{}', '"', "", '{"a":"', '{}, "jsonrpc":"1.0"', '{},"jsonrpc":"2.0","id":9')
)

const ids = fc.constantFrom('"sg:17"', "1", "0", "007", "-1", "1.0", "null", '"a\\u0062"', '"\t"', '1,"id":2', '""', "")

describe("A reply in a usual layout", () => {
  it("is read without a second walk over its value", () => {
    for (const id of ['"sg:17"', "17", "0", '"日本"']) {
      for (const text of [...layouts(id, "result", '{"n":1.50}'), ...layouts(id, "error", '{"n":1.50}')]) {
        assert.deepEqual(readPlainReply(text), {
          id: JSON.parse(id),
          kind: text.includes("result") ? "result" : "error",
          value: { n: 1.5 },
          valueText: '{"n":1.50}'
        })
      }
    }
  })

  it("means what the whole frame means, whatever is put in the place of its value and id", () => {
    let read = 0
    const kind = fc.constantFrom("result", "error")
    const frames = fc.tuple(ids, kind, smuggled).chain((parts) => fc.constantFrom(...layouts(...parts)))
    holds(
      frames,
      (text) => {
        const plain = readPlainReply(text)
        if (plain === undefined) return
        read++
        assert.strictEqual(memberMeaning(text, "id"), JSON.stringify(plain.id))
        assert.strictEqual(memberMeaning(text, plain.kind), JSON.stringify(plain.value))
        assert.strictEqual(meaning(plain.valueText), JSON.stringify(plain.value))
        assert.sameMembers(Object.keys(JSON.parse(text)), ["jsonrpc", "id", plain.kind])
      },
      3_000
    )
    // Refusing all would be right and useless.
    assert.isAbove(read, 0)
  })

  it("and in any other layout gives the same reply and the same value's text", () => {
    holds(tidyObject, (result) => {
      const frame = { jsonrpc: "2.0", id: "sg:1", result }
      const texts = [
        JSON.stringify(frame),
        JSON.stringify(frame, null, 2),
        `${JSON.stringify(frame).slice(0, -1)},"x":1}`
      ]
      for (const text of texts) {
        const message = parse(text)
        if (message._tag !== "Reply") return assert.fail(`not a reply: ${text}`)
        assert.deepInclude(message, { id: "sg:1", kind: "result" })
        assert.strictEqual(meaning(replyText(message)), JSON.stringify(result))
      }
    })
  })
})
