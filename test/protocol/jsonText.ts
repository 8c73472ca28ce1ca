import * as fc from "fast-check"
import { isJsonObject } from "../../src/domain/Json.ts"
import { readStrictly } from "../../src/protocol/JsonRead.ts"

/** JSON as texts rather than values: any whitespace, any escapes, repeated keys, and strings that look like structure. */

const space = fc.array(fc.constantFrom(" ", "\n", "\t", "\r"), { maxLength: 2 }).map((parts) => parts.join(""))

const decoys = [
  "result",
  '{"result":{"a":1}}',
  '","result":{',
  '}},"id":9,"result":{"x":1',
  '"',
  "\\",
  '\\"',
  "\\\\",
  '{"a":"b\\"c"}'.repeat(120),
  "\\".repeat(1_023),
  "\\".repeat(1_024),
  '"'.repeat(1_025),
  "plain text of some length ".repeat(3),
  "\ud800",
  "\u2028",
  "日本語"
]

const strings = fc.oneof(fc.constantFrom(...decoys), fc.string({ unit: "binary", maxLength: 30 }))

const hex = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`

/** A string's text; `escape` picks by position which of the first UTF-16 units are written as \uXXXX. */
const written = (value: string, escape: ReadonlyArray<boolean>): string => {
  const head = value.slice(0, escape.length).split("")
  const tail = JSON.stringify(value.slice(escape.length)).slice(1, -1)
  return `"${head.map((unit, index) => (escape[index] ? hex(unit) : JSON.stringify(unit).slice(1, -1))).join("")}${tail}"`
}

const escapes = fc.oneof(fc.constant([]), fc.array(fc.boolean(), { maxLength: 8 }))

export const stringText = fc.tuple(strings, escapes).map(([value, escape]) => written(value, escape))

const names = fc.constantFrom(
  "result",
  "results",
  "error",
  "id",
  "jsonrpc",
  "method",
  "a",
  "__proto__",
  "constructor",
  ""
)

const keyText = fc.oneof(
  { weight: 4, arbitrary: names.map((name) => JSON.stringify(name)) },
  { weight: 1, arbitrary: fc.tuple(names, escapes).map(([name, escape]) => written(name, escape)) },
  { weight: 1, arbitrary: stringText }
)

const numberText = fc.constantFrom("0", "-0", "1", "-17", "1.50", "1e3", "2E-7", "12345678901234567890", "1e999")

/** Text between brackets, with whitespace around each part. */
const list = (open: string, close: string, part: fc.Arbitrary<string>) =>
  fc.tuple(fc.array(fc.tuple(space, part, space), { maxLength: 4 }), space).map(([parts, inner]) => {
    const joined = parts.map((piece) => piece.join("")).join(",")
    return `${open}${joined === "" ? inner : joined}${close}`
  })

const member = (value: fc.Arbitrary<string>) =>
  fc.tuple(keyText, space, space, value).map(([key, before, after, text]) => `${key}${before}:${after}${text}`)

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(numberText, fc.constantFrom("null", "true", "false"), stringText),
    list("[", "]", tie("value")),
    list("{", "}", member(tie("value")))
  )
}))

/** Any JSON text. */
export const jsonText = value

/** The text of an object with keys that often collide with those of an envelope. */
export const objectText = fc
  .tuple(space, list("{", "}", member(value)), space)
  .map(([before, text, after]) => before + text + after)

/** Objects whose text is as `JSON.stringify` or a formatter writes it: each key once, no escapes in keys. */
export const tidyObject = fc.dictionary(
  fc.constantFrom("a", "b", "result", "id", "list"),
  fc.jsonValue({ maxDepth: 3 })
)

/** What a text means, written in one way: `JSON.parse` alone may mistake an escaped key for another (`readJson`). */
export const meaning = (text: string): string => JSON.stringify(readStrictly(text))

/** What a top-level member of a text means, written in one way; undefined if there is none. */
export const memberMeaning = (text: string, name: string): string | undefined => {
  const value = readStrictly(text)
  return isJsonObject(value) && Object.hasOwn(value, name) ? JSON.stringify(value[name]) : undefined
}
