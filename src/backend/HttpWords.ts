import { STATUS_CODES } from "node:http"
import { AddressRefused } from "./AddressGuard.ts"

/**
 * What went wrong on the way, in words that follow "backend x". Never a text of an error, a header or a body: those may
 * hold secrets, and a server may write there what it likes. Codes alone are looked at.
 */

/** Why no connection could be made. */
export const unreachable = (error: unknown, host: string): string => {
  if (error instanceof AddressRefused) return `may not be connected to: ${error.message}`
  const code = codeOf(error)
  return `could not be reached at ${host} (${code}): ${connectAdvice[code] ?? tlsAdvice(code)}`
}

/** Why undici would not even try to send a request; `undefined`: it tried. */
export const unsendable = (error: unknown): string | undefined =>
  codeOf(error) === "UND_ERR_INVALID_ARG"
    ? "was not sent the request: a header of it is not valid; correct the variable that a configured one comes from"
    : undefined

/** Why a response broke off. */
export const broken = (error: unknown): string => {
  const code = codeOf(error)
  return breaks[code] ?? `broke the connection (${code})`
}

/** A status in words: `HTTP status 404 (Not Found)`. */
export const statusWords = (status: number): string => {
  const name = STATUS_CODES[status]
  return name === undefined ? `HTTP status ${status}` : `HTTP status ${status} (${name})`
}

/** A redirect names a place only by its host: the rest of a URL may hold secrets. */
export const redirectWords = (status: number, location: string | undefined, url: string): string => {
  const target = location === undefined ? null : URL.parse(location, url)
  const where =
    target === null ? "elsewhere" : target.origin === new URL(url).origin ? "another path of its own" : target.host
  return `${statusWords(status)} to ${where}; redirects are not followed: correct url in its [[backends]] section`
}

const connectAdvice: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there; start the server, or correct url",
  ECONNRESET: "the connection was closed while it was made",
  ENOTFOUND: "there is no such host; correct url",
  EAI_AGAIN: "the name service does not answer",
  ETIMEDOUT: "nobody answers there",
  UND_ERR_CONNECT_TIMEOUT: "nobody answers there",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that network",
  EMFILE: "the gateway has too many open files; raise the limit (ulimit -n)",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS there; use http:// or the right port",
  EPROTO: "it does not speak TLS there; use http:// or the right port"
}

const tlsAdvice = (code: string): string =>
  /CERT|SIGNATURE|ISSUER|VERIFY|ALTNAME/.test(code)
    ? "its certificate can't be trusted; correct it, or name its authority in NODE_EXTRA_CA_CERTS"
    : "the connection could not be made"

const breaks: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: "closed the connection",
  ECONNRESET: "closed the connection",
  EPIPE: "closed the connection",
  UND_ERR_HEADERS_TIMEOUT: "did not answer in time",
  UND_ERR_HEADERS_OVERFLOW: "sent more headers than are read",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "sent less or more than it announced"
}

const codeOf = (error: unknown): string => {
  const own = ownCode(error)
  if (own !== undefined) return own
  // All addresses of a name were tried.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return ownCode(first) ?? "no code"
}

const ownCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined
