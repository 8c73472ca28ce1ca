import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { isJsonObject, type Json, type JsonObject } from "../../src/domain/Json.ts"
import { bulkLength, shellLength, splitBulk, stringifyWithBulk } from "../../src/protocol/BulkString.ts"
import { parse } from "../../src/protocol/Envelope.ts"
import { readStrictly } from "../../src/protocol/JsonRead.ts"
import { requestFrame } from "../../src/protocol/Splice.ts"
import { meaning, objectText, stringText } from "./jsonText.ts"
import { holds } from "./property.ts"

/** Pieces of which long strings are made, as they stand in JSON text. */
const pieces = [
  "plain text of some length ",
  String.raw`\"`,
  String.raw`\\`,
  String.raw`\\\"`,
  String.raw`\u0041\u00e9`,
  String.raw`\ud83d\ude00`,
  String.raw`\ud800`,
  String.raw`{\"a\":[1,\"b\"],\"id\":9}`,
  "日本語é",
  String.raw`C:\\temp\\notes.txt\n`,
  "sg-bulk-0123456789abcdef0123456789abcdef",
  "}],:{["
]

/** The text of a string long enough to be taken out, or nearly. */
const longText = fc
  .tuple(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 }), fc.integer({ min: 3_500, max: 12_000 }))
  .map(([parts, length]) => `"${parts.join("").repeat(Math.ceil(length / parts.join("").length))}"`)

const smallText = fc.oneof(stringText, objectText, fc.constantFrom("1", "null", "[]", "1.50", '["a","b"]'))

const valueText = fc.oneof({ weight: 3, arbitrary: smallText }, { weight: 2, arbitrary: longText })

const keyText = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('"a"', '"b"', '"name"', '"_meta"', '"__proto__"', '"toJSON"') },
  { weight: 1, arbitrary: stringText },
  { weight: 1, arbitrary: longText }
)

const membersText = fc
  .array(fc.tuple(keyText, fc.constantFrom("", " ", "\n "), valueText), { minLength: 1, maxLength: 4 })
  .map((members) => `{${members.map(([key, space, value]) => `${key}${space}:${space}${value}`).join(",")}}`)

/** Parameters with long strings here and there: as members, in arrays, as keys, repeated. */
const paramsText = fc.oneof(
  membersText,
  fc.tuple(membersText, membersText).map(([inner, outer]) => `{"arguments":${inner},"rest":[${outer},${inner}]}`),
  fc.tuple(smallText, longText).map(([small, long]) => `{"twice":${small},"twice":${long},"twice":${long}}`),
  fc.tuple(longText, smallText).map(([long, small]) => `{"gone":${long},"gone":${small}}`)
)

/** Frames with other members around `params`, some of them long as well. */
const frameText = fc
  .tuple(paramsText, fc.constantFrom("", ',"extra":1'), fc.option(longText, { freq: 8 }))
  .map(([params, extra, long]) => {
    const other = long === null ? "" : `"other":${long},`
    return `{${other}"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}${extra}}`
  })

const paramsIn = (text: string): JsonObject => {
  const message = readStrictly(text)
  const params = isJsonObject(message) ? message["params"] : undefined
  return isJsonObject(params) ? params : {}
}

const textOf = (value: Json): string => JSON.stringify(value)

const long = "x".repeat(bulkLength)

const requestOf = (text: string) => {
  const message = parse(text)
  if (message._tag !== "Request") throw new Error(`a request was expected, this came: ${message._tag}`)
  return message
}

describe("a long string in a request", () => {
  it("is read as JSON reads it, whatever is in it and around it", () => {
    let taken = 0
    holds(
      frameText,
      (text) => {
        const { bulk, params } = requestOf(text)
        if (bulk !== undefined) taken++
        assert.strictEqual(textOf(params), textOf(paramsIn(text)))
      },
      400
    )
    assert.isAbove(taken, 50, "long strings were taken out in a fair part of the cases")
  })

  it("goes out with the same meaning, and the stand-in for it never does", () =>
    holds(
      frameText,
      (text) => {
        const { bulk, params } = requestOf(text)
        const frame = requestFrame("sg:1", "tools/call", params, bulk)
        assert.strictEqual(meaning(textOf(paramsIn(frame))), textOf(paramsIn(text)))
        const standIns = frame.match(/sg-bulk-[0-9a-f]{32}/g) ?? []
        assert.deepStrictEqual(
          standIns.filter((standIn) => !text.includes(standIn)),
          []
        )
      },
      400
    ))

  it("goes out as its sender wrote it", () => {
    const raw = `"${String.raw`\u0041\/`.repeat(2_000)}"`
    const { bulk, params } = requestOf(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":${raw},"b":2}}`)
    assert.strictEqual(stringifyWithBulk(params, { raw, value: "A/".repeat(2_000) }), `{"a":${raw},"b":2}`)
    assert.strictEqual(bulk?.raw, raw)
  })

  it("that is part of the parameters no more changes nothing", () => {
    const { bulk, params } = requestOf(
      `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"_meta":{"progressToken":"${long}"}}}`
    )
    assert.isDefined(bulk)
    const { _meta, ...rest } = params
    assert.strictEqual(requestFrame(1, "m", rest, bulk), '{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1}}')
  })

  it("that occurs twice goes out twice", () => {
    const { bulk, params } = requestOf(`{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"${long}","b":"y"}}`)
    const both = { ...params, b: long }
    assert.deepStrictEqual(JSON.parse(requestFrame(1, "m", both, bulk)).params, both)
  })

  it("is not taken for one when it is a key, an id or the method", () => {
    for (const text of [
      `{"jsonrpc":"2.0","id":1,"method":"m","params":{"${long}":1}}`,
      `{"jsonrpc":"2.0","id":1,"method":"m","params":{"${long}" \n :1}}`
    ]) {
      assert.isUndefined(splitBulk(text))
      assert.isUndefined(requestOf(text).bulk)
      assert.deepStrictEqual(requestOf(text).params, { [long]: 1 })
    }
    for (const text of [
      `{"jsonrpc":"2.0","id":"${long}","method":"m","params":{}}`,
      `{"jsonrpc":"2.0","id":1,"method":"${long}","params":{}}`
    ]) {
      const message = parse(text)
      assert.strictEqual(message._tag, "Invalid")
      assert.notInclude(textOf({ reason: message._tag === "Invalid" ? message.reason : "" }), "sg-bulk")
    }
  })

  it("leaves a message that is not JSON what it is", () => {
    for (const text of [
      `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"${long}"}`,
      `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"${long}""}}`,
      `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"${long}\\"}}`,
      `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"\\q${long}"}}`,
      `{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"${long}\n"}}`,
      `"${long}"`.repeat(2)
    ]) {
      assert.strictEqual(parse(text)._tag, "Invalid", text.slice(-20))
    }
  })

  it("is only looked for near both ends of a text beyond the length that pays", () => {
    const short = `{"a":"${"x".repeat(bulkLength - 9)}"}`
    assert.strictEqual(short.length, bulkLength - 1)
    assert.isUndefined(splitBulk(short))
    assert.isDefined(splitBulk(`{"a":"${"x".repeat(bulkLength - 8)}"}`))
    const far = "[1,2],".repeat(shellLength / 6 + 1)
    assert.isUndefined(splitBulk(`{"n":[${far}1],"a":"${long}"}`))
    assert.isUndefined(splitBulk(`{"a":"${long}","n":[${far}1]}`))
  })
})
