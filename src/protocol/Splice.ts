import type { JsonObject } from "../domain/Json.ts"
import type { RequestId } from "../domain/Request.ts"
import { envelopeBounds } from "./Envelope.ts"
import { stringifyWithRaw } from "./BulkString.ts"
import type { IncomingReply } from "./Envelope.ts"
import { skipSpace, stringEnd, valueEnd } from "./JsonScan.ts"

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d

/** The text of a reply's result or error: as its sender wrote it, or where that is in doubt, its parsed value's. */
export const replyText = (reply: IncomingReply): string =>
  reply.valueText ?? memberText(reply.text, reply.kind) ?? JSON.stringify(reply.value)

/**
 * The raw text of a top-level member of a frame, so that a reply travels on as its sender wrote it: number formats,
 * key order and unknown members included.
 *
 * `text` is valid JSON (it has passed `parse`). Undefined where the raw text could differ from the parsed value (the
 * key occurs twice, a top-level key is written with escapes, nesting beyond the bound) or there is no such member; the
 * caller then writes the parsed value with `JSON.stringify`. The text may hold line breaks as whitespace where the
 * frame did, as bodies from HTTP do; the frame builders take them out.
 */
export const memberText = (text: string, name: "result" | "error"): string | undefined => {
  let at = skipSpace(text, 0)
  if (text.charCodeAt(at) !== openBrace) return undefined
  let start = -1
  let end = -1
  do {
    const key = skipSpace(text, at + 1)
    if (text.charCodeAt(key) !== quote) return undefined
    const keyEnd = stringEnd(text, key + 1)
    if (keyEnd < 0 || hasEscape(text, key + 1, keyEnd)) return undefined
    at = skipSpace(text, keyEnd + 1)
    if (text.charCodeAt(at) !== colon) return undefined
    const value = skipSpace(text, at + 1)
    const behind = valueEnd(text, value, envelopeBounds.nesting - 1)
    if (behind <= value) return undefined
    if (keyEnd - key - 1 === name.length && text.startsWith(name, key + 1)) {
      if (start >= 0) return undefined
      start = value
      end = behind
    }
    at = skipSpace(text, behind)
  } while (text.charCodeAt(at) === comma)
  return start < 0 || text.charCodeAt(at) !== closeBrace ? undefined : text.slice(start, end)
}

const hasEscape = (text: string, from: number, end: number): boolean => {
  for (let at = from; at < end; at++) if (text.charCodeAt(at) === 0x5c) return true
  return false
}

/**
 * An object's text with one more member, put first: `{"resultType":"complete",` before what a legacy backend wrote.
 * `objectText` is the text of a JSON object without such a key of its own; `value` is JSON.
 */
export const withMember = (objectText: string, key: string, value: string): string => {
  const first = skipSpace(objectText, objectText.indexOf("{") + 1)
  const separator = objectText.charCodeAt(first) === closeBrace ? "" : ","
  return `{${JSON.stringify(key)}:${value}${separator}${objectText.slice(first)}`
}

/** A reply with a result that is already JSON text. Frames have no line break within and none at the end. */
export const resultFrame = (id: RequestId, resultText: string): string =>
  `{"jsonrpc":"2.0","id":${idText(id)},"result":${onOneLine(resultText)}}`

/** A reply with an error of our own. */
export const errorFrame = (id: RequestId | null, code: number, message: string, data?: JsonObject): string =>
  `{"jsonrpc":"2.0","id":${idText(id)},"error":${JSON.stringify({ code, message, data })}}`

/** A reply with an error that is already JSON text: a backend's, as it wrote it. */
export const errorFrameRaw = (id: RequestId | null, errorText: string): string =>
  `{"jsonrpc":"2.0","id":${idText(id)},"error":${onOneLine(errorText)}}`

/** A request, written anew from parsed values: what a backend reads is what the gates have seen. */
export const requestFrame = (id: RequestId, method: string, params?: JsonObject): string =>
  `{"jsonrpc":"2.0","id":${idText(id)},"method":${JSON.stringify(method)}${paramsMember(params)}}`

export const notificationFrame = (method: string, params?: JsonObject): string =>
  `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${paramsMember(params)}}`

const idText = (id: RequestId | null): string => (typeof id === "string" ? JSON.stringify(id) : String(id))

const paramsMember = (params: JsonObject | undefined): string =>
  params === undefined ? "" : `,"params":${stringifyWithRaw(params)}`

/**
 * JSON has line breaks only between tokens, so a space says the same. Left in, the next line of a hostile HTTP
 * backend's reply would be a frame of its own on stdio, with an id of its choice.
 */
const onOneLine = (json: string): string =>
  json.includes("\n") || json.includes("\r") ? json.replaceAll("\n", " ").replaceAll("\r", " ") : json
