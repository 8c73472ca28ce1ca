import { randomBytes } from "node:crypto"
import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import type { Bulk } from "../domain/Request.ts"

/** Characters from which it pays to pass one long string of a message on as it was written. */
export const bulkLength = 8_192

/** How near to the beginning the long string must begin, and to the end it must end, in characters. */
export const shellLength = 2_048

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const space = 0x20

/** Stands for the long string while the rest is read and written. Unguessable: no message can contain it. */
const placeholder = `sg-bulk-${randomBytes(16).toString("hex")}`
const placeholderText = JSON.stringify(placeholder)

/** A text in two parts: `shell` is the text with the long string replaced, `bulk` is that string. */
export interface Split {
  readonly shell: string
  readonly bulk: Bulk
}

/**
 * Takes the one long string out of a large message, so that it need not be written anew: for a file's content that is
 * most of the cost of a call.
 *
 * Nothing is taken on trust: the string's raw text passes `JSON.parse` by itself, which proves that it is one whole
 * string, and the shell is read, checked and re-serialised like any message. What a backend gets differs from a whole
 * re-serialisation only in how that one string is escaped. `undefined` when the text is not of this kind.
 */
export const splitBulk = (text: string): Split | undefined => {
  if (text.length < bulkLength) return undefined
  const start = bulkStart(text)
  const end = start < 0 ? -1 : bulkEnd(text)
  if (end <= start) return undefined
  const raw = text.slice(start, end + 1)
  const value = parseString(raw)
  if (value === undefined || isKey(text, end + 1)) return undefined
  return { shell: text.slice(0, start) + placeholderText + text.slice(end + 1), bulk: { value, raw } }
}

/** A value read from the shell, with the long string back in its place; `undefined` if that place is gone. */
export const restoreBulk = (params: JsonObject, { value }: Bulk): JsonObject | undefined => {
  let found = 0
  const restore = (member: Json | undefined): Json | undefined => {
    if (member === placeholder) {
      found++
      return value
    }
    if (isJsonObject(member)) return restoreObject(member)
    return Array.isArray(member) ? member.map((element) => restore(element) ?? null) : member
  }
  const restoreObject = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, member]) => [key, restore(member)]))
  const restored = restoreObject(params)
  return found === 1 ? restored : undefined
}

/** `JSON.stringify(params)`, with the long string in it as it was written. */
export const stringifyWithBulk = (params: JsonObject, { raw, value }: Bulk): string => {
  let taken = false
  const shell = JSON.stringify(params, (_key, member: unknown) => {
    if (taken || member !== value) return member
    taken = true
    return placeholder
  })
  const at = shell.indexOf(placeholderText)
  return shell.slice(0, at) + raw + shell.slice(at + placeholderText.length)
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

/** The closing quote of a string from `from`, if it is near the beginning of the text; else -1. */
const stringEnd = (text: string, from: number): number => {
  for (let at = from; at < shellLength * 2; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    if (code === backslash) at++
  }
  return -1
}

/**
 * The first quote near the end of the text that is not escaped. If the long string reaches that far, this is its end;
 * if not, the text between is no single string, and reading it says so.
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

const parseString = (raw: string): string | undefined => {
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === "string" ? value : undefined
  } catch {
    return undefined
  }
}
