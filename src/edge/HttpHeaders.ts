import type { IncomingHttpHeaders } from "node:http"

/** Headers whose repetition Node hides by keeping the first; a proxy in front may have acted on another one. */
export type SingleHeader = "host" | "content-type" | "authorization"

/** Such a header that a request has more than once. */
export const repeatedHeader = (rawHeaders: ReadonlyArray<string>): SingleHeader | undefined => {
  let seen = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = singleHeader(rawHeaders[at] ?? "")
    if (name === undefined) continue
    const bit = 1 << name.length
    if ((seen & bit) !== 0) return name
    seen |= bit
  }
  return undefined
}

/** Told apart by their lengths first: this is asked for every header of every request. */
const singleHeader = (raw: string): SingleHeader | undefined => {
  switch (raw.length) {
    case 4:
      return raw.toLowerCase() === "host" ? "host" : undefined
    case 12:
      return raw.toLowerCase() === "content-type" ? "content-type" : undefined
    case 13:
      return raw.toLowerCase() === "authorization" ? "authorization" : undefined
    default:
      return undefined
  }
}

/** A header's value; `undefined` where there is none. */
export const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === "string" ? value : undefined
}

/** Whether a body is JSON in UTF-8, which is all that is read (RFC 8259, section 8.1). */
export const isJson = (contentType: string | undefined): boolean => {
  if (contentType === "application/json") return true
  if (contentType === undefined) return false
  const [type = "", ...parameters] = contentType.toLowerCase().split(";")
  if (type.trim() !== "application/json") return false
  return parameters.every((parameter) => {
    const [name = "", value = ""] = parameter.split("=", 2)
    return name.trim() !== "charset" || value.trim().replaceAll('"', "") === "utf-8"
  })
}

/** In which forms a client takes an answer. */
export interface Takes {
  readonly json: boolean
  readonly sse: boolean
}

const both: Takes = { json: true, sse: true }

/**
 * Reads `Accept`. A client MUST name both forms (MCP, Streamable HTTP, "Sending Messages"); one that names only one of
 * them gets that one.
 */
export const takesOf = (accept: string | undefined): Takes => {
  if (accept === undefined || accept === "application/json, text/event-stream") return both
  const text = accept.toLowerCase()
  const any = text.includes("*/*")
  return {
    json: any || text.includes("application/json") || text.includes("application/*"),
    sse: any || text.includes("text/event-stream") || text.includes("text/*")
  }
}
