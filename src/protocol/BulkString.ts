import { randomBytes } from "node:crypto"
import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import { isRaw, rawString } from "./RawText.ts"

/** Characters from which it pays to pass the one long string of a message on as it was written. */
export const bulkLength = 8_192

/** How near to the beginning the long string must begin, and to the end it must end, in characters. */
export const shellLength = 2_048

/** A string that does not end within so many characters is taken for the long one. */
export const shortLength = 1_024

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const space = 0x20

/** Stands for the long string while the rest is read. Unguessable: no message can contain it. */
const placeholder = `sg-bulk-${randomBytes(16).toString("hex")}`
const placeholderText = JSON.stringify(placeholder)

/** A text in two parts: `shell` is the text with the long string replaced, `bulk` stands for that string. */
export interface Split {
  readonly shell: string
  readonly bulk: Json
}

/**
 * Takes the one long string out of a large message, so that it is neither built nor written anew: where a tool takes
 * or gives a file's content, that is most of the cost of a call.
 *
 * Nothing is taken on trust: V8 checks the string's text by itself, which proves that it is one whole string, and the
 * shell is read, checked and written like any message. What leaves differs from a whole re-serialisation only in how
 * that one string is escaped. `undefined` when the text is not of this kind.
 */
export const splitBulk = (text: string): Split | undefined => {
  if (text.length < bulkLength) return undefined
  const start = bulkStart(text)
  const end = start < 0 ? -1 : bulkEnd(text)
  if (end <= start || isKey(text, end + 1)) return undefined
  const bulk = rawString(text.slice(start, end + 1))
  return bulk && { shell: text.slice(0, start) + placeholderText + text.slice(end + 1), bulk }
}

/** A value read from the shell, with the long string in its place; `undefined` if that place is gone. */
export const restoreBulk = (value: Json, bulk: Json): Json | undefined => {
  let found = 0
  const restore = (member: Json | undefined): Json | undefined => {
    if (member === placeholder) {
      found++
      return bulk
    }
    if (isJsonObject(member)) {
      return Object.fromEntries(Object.entries(member).map(([key, inner]) => [key, restore(inner)]))
    }
    return Array.isArray(member) ? member.map((element) => restore(element) ?? null) : member
  }
  const restored = restore(value)
  return found === 1 ? restored : undefined
}

/** `JSON.stringify`, with a long string in the arguments put in without being copied once more. */
export const stringifyWithRaw = (params: JsonObject): string => {
  const args = params["arguments"]
  if (!isJsonObject(args)) return JSON.stringify(params)
  for (const key in args) {
    const value = args[key]
    if (typeof value !== "object" || !isRaw(value)) continue
    const shell = JSON.stringify({ ...params, arguments: { ...args, [key]: placeholder } })
    const at = shell.indexOf(placeholderText)
    return shell.slice(0, at) + value.rawJSON + shell.slice(at + placeholderText.length)
  }
  return JSON.stringify(params)
}

/** The same value with every raw member built: for whoever has to read what is in it. */
export const withoutRaw = (value: Json | undefined): Json | undefined => {
  if (isRaw(value)) {
    const built: unknown = JSON.parse(value.rawJSON)
    return typeof built === "string" || typeof built === "number" ? built : undefined
  }
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutRaw(member)]))
  }
  return Array.isArray(value) ? value.map((element) => withoutRaw(element) ?? null) : value
}

/** Where the first string begins that does not end near the beginning of the text; -1 if there is none. */
const bulkStart = (text: string): number => {
  for (let at = text.indexOf('"'); at >= 0 && at < shellLength; at = text.indexOf('"', at)) {
    const end = stringEnd(text, at + 1)
    if (end < 0) return at
    at = end + 1
  }
  return -1
}

/** The closing quote of a short string that begins at `from`; -1 for a long one. */
const stringEnd = (text: string, from: number): number => {
  for (let at = from; at < from + shortLength; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    if (code === backslash) at++
  }
  return -1
}

/**
 * The first quote near the end of the text that is not escaped. If the long string reaches that far, this is its end;
 * if not, the text between is no single string, and checking it says so.
 */
const bulkEnd = (text: string): number => {
  for (let at = text.indexOf('"', text.length - shellLength); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text.charCodeAt(before) === backslash) before--
    if (((at - before) & 1) === 1) return at
  }
  return -1
}

const isKey = (text: string, from: number): boolean => {
  let at = from
  while (text.charCodeAt(at) <= space) at++
  return text.charCodeAt(at) === colon
}
