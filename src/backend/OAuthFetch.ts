import * as http from "node:http"
import * as https from "node:https"
import { isIP } from "node:net"
import { AddressRefused, systemResolve, type AddressGuard } from "./AddressGuard.ts"
import { OAuthProblem } from "./OAuthProblem.ts"
import { secretsSent } from "./OAuthSecrets.ts"

/** Largest answer that is read of an authorization server, bytes. */
export const answerBytes = 256 * 1024
/** How long an authorization server may take for one answer. */
export const answerMillis = 10_000

/**
 * The guard of the backend's own URL: an authorization server is named by the server, so it may be on this machine only
 * if the backend is, and in a private network only if the backend's configuration allows the address.
 */
export type Guard = Pick<AddressGuard, "problem" | "lookup">

/** What is known of an answer besides what the SDK makes of it. */
export interface Answered {
  readonly status: number
  readonly body: string
}

/** A `fetch` for the SDK, and what it was answered last. */
export interface OAuthFetch {
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>
  readonly answered: () => Answered | undefined
  /** What must not be seen in the words of a server: the secrets that were given, and those that were sent. */
  readonly secrets: () => ReadonlyArray<string | undefined>
  readonly forget: () => void
}

/** How one request differs from a plain GET. */
export interface Sending {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** False: the answer's headers are enough. */
  readonly readBody?: boolean
}

/**
 * A `fetch` that leaves the machine only for `https:` (`http:` within it, OAuth 2.1, 1.5), only where the guard lets it,
 * follows no redirect, and bounds the answer in size and time.
 *
 * A redirect reaches the SDK without its `Location`, as an answer like any other that is not the document.
 */
export const openFetch = (
  guard: Guard,
  millis = answerMillis,
  kept: ReadonlyArray<string | undefined> = []
): OAuthFetch => {
  let last: Answered | undefined
  const secrets = [...kept]
  const fetch = (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const body = init.body === undefined || init.body === null ? {} : { body: String(init.body) }
    const sending: Sending & Pick<Required<Sending>, "headers"> = {
      method: init.method ?? "GET",
      headers: Object.fromEntries(new Headers(init.headers)),
      ...body
    }
    secrets.push(...secretsSent(sending.headers, sending.body))
    return send(new URL(url), sending, guard, millis).then(({ headers, status, text }) => {
      last = { status, body: text }
      const type = headers["content-type"]
      return new Response(text === "" ? null : text, {
        status,
        headers: type === undefined ? {} : { "content-type": type }
      })
    })
  }
  return { fetch, answered: () => last, secrets: () => secrets, forget: () => (last = undefined) }
}

/** An answer as it came. */
export interface Received {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

/** Sends one request within the bounds above. Rejects with an `OAuthProblem`. */
export const send = (url: URL, sending: Sending, guard: Guard, millis = answerMillis): Promise<Received> => {
  const problem = isSecure(url) ? literalProblem(url, guard) : `${url.origin} is not https`
  return problem === undefined
    ? exchange(url, sending, guard, millis)
    : Promise.reject(new OAuthProblem({ reason: problem }))
}

/** `https:` anywhere, `http:` on this machine. */
export const isSecure = (url: URL): boolean =>
  url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname))

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname === "[::1]" || (isIP(hostname) === 4 && hostname.startsWith("127."))

/** An address in the URL is connected to without a look-up. */
const literalProblem = (url: URL, guard: Guard): string | undefined => {
  const host = url.hostname.replaceAll(/^\[|\]$/g, "")
  const problem = isIP(host) === 0 ? undefined : guard.problem(host)
  return problem === undefined ? undefined : `${url.origin} may not be reached: ${problem}`
}

const unreachable = (url: URL, error: unknown): OAuthProblem => {
  if (error instanceof OAuthProblem) return error
  const words = error instanceof Error ? error.message : String(error)
  if (error instanceof AddressRefused) return new OAuthProblem({ reason: `${url.origin} may not be reached: ${words}` })
  return new OAuthProblem({ reason: `${url.origin} can't be reached: ${words}`, transient: true })
}

const exchange = (url: URL, sending: Sending, guard: Guard, millis: number): Promise<Received> => {
  const { promise, reject, resolve } = Promise.withResolvers<Received>()
  const { body, headers = {}, method = "GET", readBody = true } = sending
  const options = { method, headers, agent: false, lookup: guard.lookup(systemResolve) }
  const request = (url.protocol === "https:" ? https : http).request(url, options)
  const fail = (error: unknown) => {
    clearTimeout(timer)
    reject(unreachable(url, error))
    request.destroy()
  }
  const timer = setTimeout(() => fail(new Error(`no answer within ${millis} ms`)), millis)
  let answers = false
  request.on("error", fail)
  request.on("close", () => void (answers || fail(new Error("the connection ended without an answer"))))
  request.on("upgrade", (_response, socket) => {
    // It is not the request's any more.
    socket.destroy()
    fail(new OAuthProblem({ reason: `${url.origin} answered with another protocol (HTTP status 101)` }))
  })
  request.on("response", (response) => {
    answers = true
    const chunks: Array<Buffer> = []
    let bytes = 0
    const done = () => {
      clearTimeout(timer)
      // A byte order mark is no part of the text (RFC 8259, 8.1).
      const text = new TextDecoder().decode(Buffer.concat(chunks))
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
    }
    response.on("error", fail)
    response.on("close", () => fail(new Error("the answer ended early")))
    if (!readBody) {
      done()
      request.destroy()
      return
    }
    response.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= answerBytes) return void chunks.push(chunk)
      fail(new OAuthProblem({ reason: `${url.origin} answered more than ${answerBytes} bytes` }))
    })
    response.on("end", done)
  })
  request.end(body)
  return promise
}
