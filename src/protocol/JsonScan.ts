import { isJsonObject } from "../domain/Json.ts"
import type { Json } from "../domain/Json.ts"

/** Levels of arrays and objects in a message. `JSON.stringify` overflows the stack at a few thousand. */
export const maxNesting = 128

const quote = 0x22
const backslash = 0x5c
const space = 0x20
/** `{` and `[`, `}` and `]` differ in this bit only, so one comparison finds both. */
const bracketBit = 0x20
const opening = 0x7b
const closing = 0x7d

/** Characters of a string that are read one by one before `indexOf` is asked: short strings are the common case. */
const shortString = 24

/** Characters that are copied out of a string at a time. The block is shared: every scan runs to its end at once. */
const blockLength = 1024
const block = new Uint16Array(blockLength)
const blockBytes = Buffer.from(block.buffer)

/** The index of the first character at or after `from` that is not JSON whitespace; the text's length if none is. */
export const skipSpace = (text: string, from: number): number => {
  let at = from
  while (at < text.length && text.charCodeAt(at) <= space) at++
  return at
}

/** The index of the quote that closes the string whose first character is at `from`; -1 if nothing closes it. */
export const stringEnd = (text: string, from: number): number => {
  let at = from
  const near = Math.min(text.length, from + shortString)
  while (at < near) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    at += code === backslash ? 2 : 1
  }
  return longStringEnd(text, at)
}

/**
 * As `stringEnd`, in leaps: `from` is inside the string and not behind an odd number of backslashes. `indexOf` is
 * unbeatable where quotes are rare; where one of them is escaped (JSON or code inside a string) more follow, and a
 * block copied into a typed array is read twice as fast as the string itself.
 */
const longStringEnd = (text: string, from: number): number => {
  let at = from
  for (;;) {
    const end = text.indexOf('"', at)
    if (end < 0) return -1
    let before = end - 1
    while (before >= at && text.charCodeAt(before) === backslash) before--
    if (((end - before) & 1) === 1) return end
    at = end + 1
    const filled = blockBytes.write(text.slice(at, at + blockLength), "utf16le") >> 1
    let index = 0
    while (index < filled) {
      const code = block[index]
      if (code === quote) return at + index
      index += code === backslash ? 2 : 1
    }
    at += index
  }
}

/**
 * The index behind the value that starts at `from` in a text that is valid JSON; -1 if the text ends first, or the
 * value nests deeper than `bound`.
 */
export const valueEnd = (text: string, from: number, bound: number): number => {
  const first = text.charCodeAt(from)
  if ((first | bracketBit) === opening) return nestedEnd(text, from, bound)
  if (first !== quote) return scalarEnd(text, from)
  const end = stringEnd(text, from + 1)
  return end < 0 ? -1 : end + 1
}

const nestedEnd = (text: string, from: number, bound: number): number => {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = stringEnd(text, at + 1)
      if (at < 0) return -1
    } else if ((code | bracketBit) === opening) {
      if (++depth > bound) return -1
    } else if ((code | bracketBit) === closing && --depth === 0) return at + 1
  }
  return -1
}

/** Numbers and literals end at a comma, a bracket or whitespace. */
const scalarEnd = (text: string, from: number): number => {
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= space || code === 0x2c || (code | bracketBit) === closing) break
  }
  return at
}

/**
 * Whether arrays and objects in a parsed value are nested deeper than `bound` (the outermost counts as 1). Strings
 * cost nothing here, however long; recursion ends at the bound.
 */
export const nestsDeeperThan = (value: Json | undefined, bound: number): boolean => {
  if (typeof value !== "object" || value === null) return false
  if (bound === 0) return true
  if (isJsonObject(value)) {
    for (const key in value) if (nestsDeeperThan(value[key], bound - 1)) return true
    return false
  }
  for (let index = 0; index < value.length; index++) if (nestsDeeperThan(value[index], bound - 1)) return true
  return false
}
