import { isJsonObject } from "../domain/Json.ts"
import type { Json } from "../domain/Json.ts"
import type { RequestId } from "../domain/Request.ts"
import { restoreBulk, splitBulk } from "./BulkString.ts"
import { readJson } from "./JsonRead.ts"
import { maxNesting, nestsDeeperThan } from "./JsonScan.ts"

/** A reply whose parts are known without looking for them. `valueText` is the raw text of `value`. */
export interface PlainReply {
  readonly id: RequestId
  readonly kind: "result" | "error"
  readonly value: Json
  readonly valueText: string
}

const idFirst = '{"jsonrpc":"2.0","id":'
const idLast = ',"jsonrpc":"2.0","id":'

/** Characters at the end of a frame that may hold `idLast` and the id: ids of ours are far shorter. */
const tailLength = 64

/** Digits of a number that is a safe integer whatever they are. */
const safeDigits = 15

const quote = 0x22
const backslash = 0x5c
const closeBrace = 0x7d

/**
 * Reads a reply in one of the two layouts that nearly every server writes, compact and with nothing else in it:
 * `{"jsonrpc":"2.0","id":…,"result":…}` and `{"result":…,"jsonrpc":"2.0","id":…}`, or with `error`.
 *
 * Only the text between is parsed. If it is one JSON value, then so is the frame, without further or
 * repeated members, and the raw text of the value is known without a second walk over it. Undefined for every other
 * frame, valid or not.
 */
export const readPlainReply = (text: string): PlainReply | undefined => {
  const last = text.length - 1
  if (text.charCodeAt(last) !== closeBrace) return undefined
  if (text.startsWith(idFirst)) {
    const behindId = plainIdEnd(text, idFirst.length)
    const kind = behindId < 0 ? undefined : kindAt(text, behindId, ',"result":', ',"error":')
    if (kind === undefined) return undefined
    return readValue(text, kind, behindId + kind.length + 4, last, idFirst.length, behindId)
  }
  const kind = kindAt(text, 0, '{"result":', '{"error":')
  if (kind === undefined) return undefined
  const tail = Math.max(0, text.length - tailLength)
  const found = text.slice(tail).lastIndexOf(idLast)
  const id = tail + found + idLast.length
  if (found < 0 || plainIdEnd(text, id) !== last) return undefined
  return readValue(text, kind, kind.length + 4, tail + found, id, last)
}

const kindAt = (text: string, at: number, result: string, error: string): PlainReply["kind"] | undefined =>
  text.startsWith(result, at) ? "result" : text.startsWith(error, at) ? "error" : undefined

const readValue = (
  text: string,
  kind: PlainReply["kind"],
  from: number,
  to: number,
  id: number,
  idEnd: number
): PlainReply | undefined => {
  const valueText = text.slice(from, to)
  const value = (kind === "result" ? readLarge(valueText) : undefined) ?? readJson(valueText)
  return value === undefined ? undefined : { id: plainId(text, id, idEnd), kind, value, valueText }
}

/** What tools, resources and prompts give: the gateway passes it on and never looks into it. */
const unread = ["content", "contents", "structuredContent", "messages"] as const

/**
 * A result with one long string in it, which is left as it is written (`BulkString.ts`). Only where nobody reads it:
 * an unbuilt string is none to a check of definitions, a requestState or instructions.
 */
const readLarge = (valueText: string): Json | undefined => {
  const split = splitBulk(valueText)
  const shell = split === undefined ? undefined : readJson(split.shell)
  // What nests too deep is left to the caller to refuse: putting the string back recurses.
  if (split === undefined || !isJsonObject(shell) || nestsDeeperThan(shell, maxNesting)) return undefined
  for (const member of unread) {
    const restored = restoreBulk(shell[member] ?? null, split.bulk)
    if (restored !== undefined) return { ...shell, [member]: restored }
  }
  return undefined
}

/** The index behind a string without escapes, or a number of digits alone; -1 for any other token. */
const plainIdEnd = (text: string, from: number): number => {
  if (text.charCodeAt(from) !== quote) return digitsEnd(text, from)
  const bound = Math.min(text.length, from + tailLength)
  for (let at = from + 1; at < bound; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return at + 1
    if (code === backslash || code < 0x20) return -1
  }
  return -1
}

const digitsEnd = (text: string, from: number): number => {
  let at = from
  while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at++
  const digits = at - from
  const leadingZero = digits > 1 && text.charCodeAt(from) === 0x30
  return digits === 0 || digits > safeDigits || leadingZero ? -1 : at
}

const plainId = (text: string, from: number, to: number): RequestId =>
  text.charCodeAt(from) === quote ? text.slice(from + 1, to - 1) : Number(text.slice(from, to))
