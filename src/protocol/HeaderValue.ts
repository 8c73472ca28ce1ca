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
