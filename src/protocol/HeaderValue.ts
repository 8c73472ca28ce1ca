const start = "=?base64?"
const end = "?="

/** Visible ASCII, with spaces and tabs within only. */
const plain = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/

/**
 * A text as the value of a header that mirrors the body (MCP 2026-07-28, Streamable HTTP, "Value Encoding"): as it is
 * where it is plain ASCII, else as base64 of its UTF-8 between `=?base64?` and `?=`.
 */
export const headerValue = (text: string): string =>
  plain.test(text) && !(text.startsWith(start) && text.endsWith(end))
    ? text
    : `${start}${Buffer.from(text).toString("base64")}${end}`

/**
 * What a mirrored header says, with its Base64 form undone. `undefined`: characters that a header can't carry, bad
 * Base64, or no UTF-8.
 */
export const textOfHeader = (value: string): string | undefined => {
  if (!isVisibleAscii(value)) return undefined
  if (!value.startsWith(start) || !value.endsWith(end) || value.length < start.length + end.length) return value
  const encoded = value.slice(start.length, -end.length)
  const bytes = Buffer.from(encoded, "base64")
  // Node's decoder skips what is not Base64: only what encodes to the same again was valid.
  if (bytes.toString("base64") !== encoded) return undefined
  const text = bytes.toString("utf8")
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined
}

/** RFC 9110, section 5.5, less the obsolete part: visible ASCII, spaces and tabs. */
const isVisibleAscii = (value: string): boolean => {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if ((code < 0x20 && code !== 0x09) || code > 0x7e) return false
  }
  return true
}
