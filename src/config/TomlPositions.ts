import { parse } from "smol-toml"
import { type KeyPath, renderPath } from "./KeyPath.ts"

/** A place in a text, both counted from 1, as editors count. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Where each key of a TOML document is written. */
export interface TomlPositions {
  /** Every path of the document, rendered, with tables and list entries. */
  readonly paths: ReadonlyArray<string>
  /** Where the key, table header or list entry begins; undefined if the document has no such path. */
  readonly at: (path: KeyPath) => Position | undefined
  /** The same for a rendered path. */
  readonly placeOf: (rendered: string) => Position | undefined
  /** The same, or else of the closest enclosing table: for a key that is missing. */
  readonly near: (path: KeyPath) => Position | undefined
}

/**
 * Finds the positions of all keys. The TOML parser gives values without positions, so this reads the text a second
 * time, only when a message needs a line. It expects a text that the parser has accepted, and checks nothing itself.
 */
export const scanPositions = (text: string): TomlPositions => {
  const scan: Scan = { text, at: text.charCodeAt(0) === 0xfeff ? 1 : 0, offsets: new Map(), lengths: new Map() }
  let table: KeyPath = []
  for (skipBlank(scan); scan.at < text.length; skipBlank(scan)) {
    if (text[scan.at] === "[") table = scanHeader(scan)
    else scanPair(scan, table)
  }
  const placeOf = (rendered: string) => {
    const offset = scan.offsets.get(rendered)
    return offset === undefined ? undefined : positionAt(text, offset)
  }
  const at = (path: KeyPath) => placeOf(renderPath(path))
  const near = (path: KeyPath): Position | undefined =>
    path.length === 0 ? undefined : (at(path) ?? near(path.slice(0, -1)))
  return { paths: [...scan.offsets.keys()], at, placeOf, near }
}

const positionAt = (text: string, offset: number): Position => {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf("\n") + 1
  return { line: before.split("\n").length, column: offset - lineStart + 1 }
}

interface Scan {
  readonly text: string
  at: number
  readonly offsets: Map<string, number>
  /** How many tables each array of tables has so far: a later header speaks of the last one. */
  readonly lengths: Map<string, number>
}

interface KeyPart {
  readonly name: string
  readonly offset: number
}

const note = (scan: Scan, path: KeyPath, offset: number) => {
  const id = renderPath(path)
  if (!scan.offsets.has(id)) scan.offsets.set(id, offset)
}

/** Moves past what a sticky pattern matches here; the match, or the empty text. */
const take = (scan: Scan, pattern: RegExp): string => {
  pattern.lastIndex = scan.at
  const found = pattern.exec(scan.text)?.[0] ?? ""
  scan.at += found.length
  return found
}

const skipBlank = (scan: Scan) => take(scan, /(?:[ \t\r\n]|#[^\n]*)*/y)
const skipSpace = (scan: Scan) => take(scan, /[ \t]*/y)

const scanHeader = (scan: Scan): KeyPath => {
  const brackets = scan.text.startsWith("[[", scan.at) ? 2 : 1
  scan.at += brackets
  const parts = scanKey(scan)
  scan.at += brackets
  const path: Array<string | number> = []
  for (const part of parts) {
    path.push(part.name)
    const id = renderPath(path)
    const length = scan.lengths.get(id)
    const isLast = part === parts.at(-1)
    // A table's own header is its position, also when a header of a table inside it came first.
    if (isLast && brackets === 1) scan.offsets.delete(id)
    note(scan, path, part.offset)
    if (isLast && brackets === 2) {
      scan.lengths.set(id, (length ?? 0) + 1)
      path.push(length ?? 0)
      note(scan, path, part.offset)
    } else if (length !== undefined) {
      path.push(length - 1)
    }
  }
  return path
}

const scanPair = (scan: Scan, table: KeyPath) => {
  const path = [...table]
  for (const part of scanKey(scan)) {
    path.push(part.name)
    note(scan, path, part.offset)
  }
  scan.at++
  skipSpace(scan)
  scanValue(scan, path)
}

/** A dotted key, up to the `=` or `]` that ends it. */
const scanKey = (scan: Scan): ReadonlyArray<KeyPart> => {
  const parts: Array<KeyPart> = []
  do {
    skipSpace(scan)
    const offset = scan.at
    const quoted = scan.text[offset] === '"' || scan.text[offset] === "'"
    if (quoted) skipString(scan)
    else take(scan, /[A-Za-z0-9_-]*/y)
    const raw = scan.text.slice(offset, scan.at)
    parts.push({ name: quoted ? unquote(raw) : raw, offset })
    skipSpace(scan)
  } while (take(scan, /\./y) !== "")
  return parts
}

const unquote = (raw: string): string => String(parse(`key = ${raw}`)["key"])

const scanValue = (scan: Scan, path: KeyPath) => {
  const first = scan.text[scan.at]
  if (first === '"' || first === "'") skipString(scan)
  else if (first === "[") scanArray(scan, path)
  else if (first === "{") scanInlineTable(scan, path)
  else take(scan, /[^,\]}#\n]*/y)
}

const scanArray = (scan: Scan, path: KeyPath) => {
  scan.at++
  for (let index = 0; anotherEntry(scan, "]"); index++) {
    note(scan, [...path, index], scan.at)
    scanValue(scan, [...path, index])
  }
}

const scanInlineTable = (scan: Scan, path: KeyPath) => {
  scan.at++
  while (anotherEntry(scan, "}")) scanPair(scan, path)
}

/** Whether another entry follows; moves past the comma before it, or past the bracket that ends the list. */
const anotherEntry = (scan: Scan, bracket: "]" | "}"): boolean => {
  skipBlank(scan)
  if (scan.text[scan.at] === ",") scan.at++
  skipBlank(scan)
  if (scan.at < scan.text.length && scan.text[scan.at] !== bracket) return true
  scan.at++
  return false
}

/** Any of the four kinds of string. A multi-line one may end in up to five quotes, of which the last three close it. */
const skipString = (scan: Scan) => {
  const quote = scan.text[scan.at]
  const long = quote === '"' ? /"""(?:\\[^]|(?!""")[^])*"{3,5}/y : /'''(?:(?!''')[^])*'{3,5}/y
  const short = quote === '"' ? /"(?:\\.|[^"\\\n])*"/y : /'[^'\n]*'/y
  if (take(scan, long) === "" && take(scan, short) === "") scan.at++
}
