import type { Json, JsonObject } from "../domain/Json.ts"

/**
 * `JSON.rawJSON`, `JSON.isRawJSON` and the third argument of a reviver (TC39, "JSON.parse source text access"; in Node
 * since 21), which TypeScript does not know yet. A raw value stands for a JSON string or number in a parsed message:
 * `JSON.stringify` writes it as it is. Making one checks the text like `JSON.parse`, without building the value.
 */
interface RawJson {
  readonly rawJSON: (text: string) => JsonObject
  readonly isRawJSON: (value: unknown) => boolean
  readonly parse: (text: string, reviver: (key: string, value: Json, context: Source) => Json) => Json
}

/** `source`: how a string, number or literal is written in the text. */
interface Source {
  readonly source?: string
}

const hasRaw = (json: object): json is RawJson => "rawJSON" in json && "isRawJSON" in json

const support: object = JSON

/** The raw value for the text of one JSON string; `undefined` when it is not exactly that. */
export const rawString = (text: string): JsonObject | undefined => {
  if (!hasRaw(support) || text.charCodeAt(0) !== 0x22) return undefined
  try {
    return support.rawJSON(text)
  } catch {
    return undefined
  }
}

/** Whether a member of a parsed message stands for a string or a number that was not built. */
export const isRaw = (value: unknown): value is { readonly rawJSON: string } =>
  hasRaw(support) && support.isRawJSON(value)

/** Digits in a row from which a number may be more than a JavaScript number can hold. */
const longNumber = /[0-9]{16}/

/**
 * A JSON text read so that no number loses a digit: those that a JavaScript number can't hold (ids of 64 bits) become
 * raw values. `undefined` when there is no such number to look for, which is nearly always.
 */
export const readExactly = (text: string): Json | undefined => {
  if (!longNumber.test(text) || !hasRaw(support)) return undefined
  const raw = support.rawJSON
  return support.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && longNumber.test(source) && String(value) !== source
      ? raw(source)
      : value
  )
}
