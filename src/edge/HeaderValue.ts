const prefix = "=?base64?"
const suffix = "?="

/**
 * What a mirrored header says, with its Base64 form undone (MCP 2026-07-28, Streamable HTTP, "Value Encoding").
 * `undefined`: characters that a header can't carry, bad Base64, or no UTF-8.
 */
export const decodeHeader = (value: string): string | undefined => {
  if (!isVisibleAscii(value)) return undefined
  if (!value.startsWith(prefix) || !value.endsWith(suffix) || value.length < prefix.length + suffix.length) return value
  const encoded = value.slice(prefix.length, -suffix.length)
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
