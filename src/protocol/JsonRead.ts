import { isJsonObject } from "../domain/Json.ts"
import type { Json } from "../domain/Json.ts"
import { maxNesting, nestsDeeperThan, skipSpace, stringEnd, valueEnd } from "./JsonScan.ts"

const comma = 0x2c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * As `JSON.parse`, undefined for a text that is not JSON, and right where V8 is not.
 *
 * The V8 of Node 24 may take an object's escaped key for another one that any earlier text had in that place, if that
 * key is how the escaped one begins in the text (nodejs/node issue 63785): after `{"a":1,"\\":0}`, `{"a":1,"\n":0}`
 * has the key `\`. So one client could spoil the keys of another. The wrong key has a backslash in it, always; where
 * one is found, the text is read again with `readStrictly`. A value nested beyond the bound is left for the caller to
 * refuse.
 */
export const readJson = (text: string): Json | undefined => {
  const value = parseJson(text)
  if (value === undefined || !text.includes("\\") || !hasBackslashKey(value, maxNesting)) return value
  return nestsDeeperThan(value, maxNesting) ? value : readStrictly(text)
}

const parseJson = (text: string): Json | undefined => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether V8 may have taken a key for another one. Nested beyond the bound it is not looked for. */
export const hasBackslashKey = (value: Json | undefined, levels: number): boolean => {
  if (typeof value !== "object" || value === null || levels === 0) return false
  if (isJsonObject(value)) {
    for (const key in value) if (key.includes("\\") || hasBackslashKey(value[key], levels - 1)) return true
    return false
  }
  for (let index = 0; index < value.length; index++) if (hasBackslashKey(value[index], levels - 1)) return true
  return false
}

/**
 * Reads a text that is known to be JSON, giving only strings, numbers and literals to `JSON.parse`. Several times
 * slower; undefined where arrays and objects nest beyond the bound in the text, under repeated keys too.
 */
export const readStrictly = (text: string): Json | undefined => {
  const start = skipSpace(text, 0)
  return valueEnd(text, start, maxNesting) < 0 ? undefined : new Reader(text, start).value()
}

class Reader {
  readonly #text: string
  /** The next character that has not been read. */
  #at: number

  constructor(text: string, start: number) {
    this.#text = text
    this.#at = start
  }

  value(): Json {
    const first = this.#text.charCodeAt(this.#at)
    if (first === openBrace) return this.#object()
    if (first === openBracket) return this.#array()
    const start = this.#at
    this.#at = valueEnd(this.#text, start, maxNesting)
    return JSON.parse(this.#text.slice(start, this.#at))
  }

  #object(): Json {
    const object: Record<string, Json> = {}
    if (this.#isEmpty()) return object
    do {
      const start = this.#at
      this.#at = stringEnd(this.#text, start + 1) + 1
      const key: string = JSON.parse(this.#text.slice(start, this.#at))
      this.#at = skipSpace(this.#text, skipSpace(this.#text, this.#at) + 1)
      const value = this.value()
      // Assigned, this key alone would set the prototype.
      if (key !== "__proto__") object[key] = value
      else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
    } while (this.#anotherFollows())
    return object
  }

  #array(): Json {
    const array: Array<Json> = []
    if (this.#isEmpty()) return array
    do array.push(this.value())
    while (this.#anotherFollows())
    return array
  }

  /** Passes the opening bracket, and the closing one if nothing is between them. */
  #isEmpty(): boolean {
    this.#at = skipSpace(this.#text, this.#at + 1)
    const code = this.#text.charCodeAt(this.#at)
    if (code !== closeBracket && code !== closeBrace) return false
    this.#at++
    return true
  }

  /** Passes a comma or the closing bracket. */
  #anotherFollows(): boolean {
    this.#at = skipSpace(this.#text, this.#at)
    const follows = this.#text.charCodeAt(this.#at) === comma
    this.#at = follows ? skipSpace(this.#text, this.#at + 1) : this.#at + 1
    return follows
  }
}
