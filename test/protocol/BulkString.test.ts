import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { isJsonObject, type Json, type JsonObject } from "../../src/domain/Json.ts"
import { bulkLength, shellLength, splitBulk, withoutRaw } from "../../src/protocol/BulkString.ts"
import { parse } from "../../src/protocol/Envelope.ts"
import { isRaw } from "../../src/protocol/RawText.ts"
import { readStrictly } from "../../src/protocol/JsonRead.ts"
import { replyText, requestFrame } from "../../src/protocol/Splice.ts"
import { meaning, objectText, stringText } from "./jsonText.ts"
import { holds } from "../fixtures/property.ts"

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

/** The text of a string of about so many characters. */
const textOfLength = (min: number, max: number) =>
  fc
    .tuple(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 3 }), fc.integer({ min, max }))
    .map(([parts, length]) => `"${parts.join("").repeat(Math.ceil(length / parts.join("").length))}"`)

/** Long enough to be left as it is written, or nearly. */
const longText = textOfLength(900, 12_000)

const smallText = fc.oneof(stringText, objectText, fc.constantFrom("1", "null", "[]", "1.50", '["a","b"]'))

const valueText = fc.oneof({ weight: 3, arbitrary: smallText }, { weight: 2, arbitrary: longText })

const keyText = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('"a"', '"b"', '"name"', '"_meta"', '"__proto__"', '"toJSON"', '"rawJSON"') },
  { weight: 1, arbitrary: stringText },
  { weight: 1, arbitrary: longText }
)

const membersText = fc
  .array(fc.tuple(keyText, fc.constantFrom("", " ", "\n "), valueText), { minLength: 1, maxLength: 4 })
  .map((members) => `{${members.map(([key, space, value]) => `${key}${space}:${space}${value}`).join(",")}}`)

const twice = fc.oneof(
  fc.tuple(smallText, longText).map(([small, long]) => `{"twice":${small},"twice":${long},"twice":${long}}`),
  fc.tuple(longText, smallText).map(([long, small]) => `{"gone":${long},"gone":${small}}`)
)

/** Where the gateway never reads: in the arguments of a tool call, and in these members of a result. */
const unreadNames = ["content", "contents", "structuredContent", "messages"]

const unreadFrame = fc
  .record({
    name: fc.constantFrom("arguments", ...unreadNames),
    key: fc.constantFrom('"b"', '"__proto__"', '"\\u0062"'),
    long: textOfLength(bulkLength, 12_000),
    nested: fc.boolean(),
    more: fc.constantFrom("", ',"c":1', ',"c":{"d":"e"}', ` ,"f":"${"y".repeat(900)}" `)
  })
  .map(({ key, long, more, name, nested }) => {
    const inner = `{"z":1,${key}:${long}${more}}`
    const body = `{"a":"b","${name}":${nested ? `{"list":[1,${inner}]}` : inner}${more}}`
    const member = name === "arguments" ? '"method":"tools/call","params"' : '"result"'
    return `{"jsonrpc":"2.0","id":1,${member}:${body}}`
  })

const names = ["arguments", ...unreadNames, "tools", "code", "message", "x"]

/** The text of an object with long strings here and there: in what is never read, in arrays, as keys, repeated. */
const bodyText = fc.oneof(
  fc
    .tuple(fc.constantFrom(...names), fc.oneof(membersText, twice, longText))
    .map(([name, value]) => `{"${name}":${value}}`),
  fc
    .tuple(fc.constantFrom(...names), membersText, fc.constantFrom(...names), membersText)
    .map(([first, inner, second, outer]) => `{"${first}":${inner},"${second}":[${outer},${inner}]}`),
  membersText
)

/** Frames with other members around the body, some of them long as well. */
const anyFrame = fc
  .record({
    head: fc.constantFrom('"jsonrpc":"2.0","id":1', '"jsonrpc":"2.0","id":"a"'),
    member: fc.constantFrom('"method":"tools/call","params"', '"method":"other","params"', '"result"'),
    body: bodyText,
    other: fc.option(longText, { freq: 8 }),
    bodyFirst: fc.boolean()
  })
  .map(({ body, bodyFirst, head, member, other }) => {
    const more = other === null ? "" : `,"other":${other}`
    return bodyFirst ? `{${member}:${body}${more},${head}}` : `{${head},${member}:${body}${more}}`
  })

const frameText = fc.oneof(anyFrame, unreadFrame)

const memberOf = (text: string, name: string): Json => {
  const message = readStrictly(text)
  return (isJsonObject(message) ? message[name] : undefined) ?? null
}

/** A message with its body, as parsed and as its text means it, and the body's text as it leaves the gateway. */
const passed = (text: string) => {
  const message = parse(text)
  switch (message._tag) {
    case "Request":
      return { body: message.params, meant: memberOf(text, "params"), out: requestFrame("sg:1", "m", message.params) }
    case "Reply":
      return { body: message.value, meant: memberOf(text, message.kind), out: `{"params":${replyText(message)}}` }
    default:
      throw new Error(`a request or a reply was expected, this came: ${message._tag}`)
  }
}

/** Whether anything in a value is a string that was left as it was written. */
const hasRaw = (value: Json | undefined): boolean => {
  if (isRaw(value)) return true
  return typeof value === "object" && value !== null && Object.values(value).some((member) => hasRaw(member))
}

const long = "x".repeat(bulkLength)

const bodyOf = (text: string): JsonObject => passed(text).body

const request = (params: string, method = "tools/call") =>
  `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${params}}`

describe("a message with one long string", () => {
  it("is read as JSON reads it, whatever is in the string and around it", () => {
    let left = 0
    holds(
      frameText,
      (text) => {
        const { body, meant } = passed(text)
        if (hasRaw(body)) left++
        assert.strictEqual(JSON.stringify(withoutRaw(body)), JSON.stringify(meant))
      },
      500
    )
    assert.isAbove(left, 50, "in a fair part of the cases the string was left as it was written")
  })

  it("goes out with the same meaning, and the stand-in for the string never does", () =>
    holds(
      frameText,
      (text) => {
        const { meant, out } = passed(text)
        assert.strictEqual(JSON.stringify(memberOf(out, "params")), JSON.stringify(meant))
        const standIns = out.match(/sg-bulk-[0-9a-f]{32}/g) ?? []
        assert.deepStrictEqual(
          standIns.filter((standIn) => !text.includes(standIn)),
          []
        )
      },
      500
    ))

  it("leaves the gateway with that string as its sender wrote it", () => {
    const raw = `"${String.raw`\u0041\/`.repeat(2_000)}"`
    const params = `{"name":"t","arguments":{"a":${raw},"b":2}}`
    assert.strictEqual(requestFrame(1, "tools/call", bodyOf(request(params))), request(params))
  })

  it("has it built wherever the gateway reads", () => {
    const result = (member: string) => `{"jsonrpc":"2.0","id":"sg:1","result":{${member}}}`
    for (const text of [
      result(`"instructions":"${long}"`),
      result(`"tools":[{"name":"t","description":"${long}"}]`),
      result(`"resultType":"input_required","requestState":"${long}"`),
      request(`{"name":"${long}"}`),
      request(`{"name":"t","_meta":{"progressToken":"${long}"}}`),
      request(`{"uri":"${long}"}`, "resources/read"),
      `{"jsonrpc":"2.0","id":"sg:1","error":{"code":-32603,"message":"${long}"}}`
    ]) {
      assert.isFalse(hasRaw(bodyOf(text)), text.slice(0, 80))
    }
    assert.isTrue(hasRaw(bodyOf(result(`"content":[{"type":"text","text":"${long}"}]`))))
    assert.isTrue(hasRaw(bodyOf(request(`{"name":"t","arguments":{"a":"${long}"}}`))))
  })

  it("is refused as any other when it is not JSON, not MCP, or nests too deep", () => {
    for (const text of [
      request(`{"a":"${long}"`),
      request(`{"a":"${long}""}`),
      request(`{"a":"${long}\\"}`),
      request(`{"a":"\\q${long}"}`),
      request(`{"a":"${long}\n"}`),
      `"${long}"`.repeat(2),
      `{"jsonrpc":"2.0","id":"${long}","method":"m","params":{}}`,
      `{"jsonrpc":"2.0","id":1,"method":"${long}","params":{}}`,
      `{"jsonrpc":"2.0","id":1,"result":{"content":${"[".repeat(1_900)}"${long}"${"]".repeat(1_900)}}}`,
      request(`{"arguments":{"a":${"[".repeat(1_900)}"${long}"${"]".repeat(1_900)}}}`)
    ]) {
      const message = parse(text)
      assert.strictEqual(message._tag, "Invalid", text.slice(0, 80))
      assert.notInclude(JSON.stringify(message).replace(text, ""), "sg-bulk")
    }
  })

  it("is looked for near both ends only, in a text beyond the length that pays, and is no key", () => {
    const short = `{"a":"${"x".repeat(bulkLength - 9)}"}`
    assert.strictEqual(short.length, bulkLength - 1)
    assert.isUndefined(splitBulk(short))
    assert.isDefined(splitBulk(`{"a":"${"x".repeat(bulkLength - 8)}"}`))
    const far = "[1,2],".repeat(shellLength / 6 + 1)
    assert.isUndefined(splitBulk(`{"n":[${far}1],"a":"${long}"}`))
    assert.isUndefined(splitBulk(`{"a":"${long}","n":[${far}1]}`))
    assert.isUndefined(splitBulk(`{"${long}" \n :1}`))
  })

  it("means the same with its long string built or not", () => {
    const text = request(`{"name":"t","arguments":{"a":"${String.raw`\u0041`.repeat(3_000)}"}}`)
    assert.strictEqual(meaning(JSON.stringify(bodyOf(text))), meaning(JSON.stringify(withoutRaw(bodyOf(text)) ?? null)))
  })
})
