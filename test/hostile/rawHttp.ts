import { once } from "node:events"
import { connect, type Socket } from "node:net"
import type { JsonObject } from "../../src/domain/Json.ts"
import { parseObject } from "../fixtures/envelope.ts"
import { modernMeta, modernVersion } from "../fixtures/modernClient.ts"

/** Name and value, as they go over the wire; a name may come twice. */
export type Header = readonly [name: string, value: string]

export interface RawRequest {
  readonly method?: string
  readonly path?: string
  readonly headers: ReadonlyArray<Header>
  readonly body?: string | Buffer
}

export interface RawAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  /** The message in the body: as it is, or the last one of an event stream. */
  readonly message: JsonObject
}

/** An exchange that takes longer is one that hangs. */
const boundMillis = 15_000

/** The bytes of a request, without what HTTP clients add, correct or refuse. `Connection: close` ends the exchange. */
export const requestBytes = ({ body = "", headers, method = "POST", path = "/mcp" }: RawRequest): Buffer => {
  const bytes = Buffer.from(body)
  const names = new Set(headers.map(([name]) => name.toLowerCase()))
  const framed = ["content-length", "transfer-encoding"].some((name) => names.has(name)) || method === "GET"
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(framed ? [] : [`Content-Length: ${bytes.length}`]),
    ...(names.has("connection") ? [] : ["Connection: close"])
  ]
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), bytes])
}

/** Sends one request over a connection of its own, and waits until the server ends it. */
export const exchange = (port: number, request: RawRequest): Promise<RawAnswer> =>
  answerOn(connect(port, "127.0.0.1"), requestBytes(request))

/** An open connection, whose errors are nobody's business. */
export const connected = async (port: number): Promise<Socket> => {
  const socket = connect(port, "127.0.0.1")
  socket.on("error", () => undefined)
  await once(socket, "connect")
  return socket
}

/** Writes bytes to an open connection and waits until the server ends it. */
export const answerOn = (socket: Socket, bytes: Buffer): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const chunks: Array<Buffer> = []
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`no end after ${boundMillis} ms; so far: ${Buffer.concat(chunks).toString().slice(0, 500)}`))
    }, boundMillis)
    socket.on("data", (chunk) => chunks.push(chunk))
    // A reset after the answer is the server's right: what came before it counts.
    socket.on("error", () => undefined)
    socket.on("close", () => {
      clearTimeout(timer)
      resolve(answerIn(Buffer.concat(chunks)))
    })
    socket.write(bytes)
  })

/** The first answer in what came over a connection; informational answers are skipped. */
export const answerIn = (bytes: Buffer): RawAnswer => {
  const end = bytes.indexOf("\r\n\r\n")
  const [statusLine = "", ...lines] = bytes.toString("latin1", 0, Math.max(0, end)).split("\r\n")
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0)
  const rest = bytes.subarray(end + 4)
  if (status >= 100 && status < 200) return answerIn(rest)
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()])
  )
  const isChunked = headers.get("transfer-encoding") === "chunked"
  const length = Number(headers.get("content-length") ?? rest.length)
  const body = status === 0 ? "" : (isChunked ? unchunked(rest) : rest.subarray(0, length)).toString()
  const events = body.split("\n").filter((line) => line.startsWith("data:"))
  const isStream = headers.get("content-type")?.startsWith("text/event-stream") === true
  return { status, headers, body, message: parseObject(isStream ? (events.at(-1) ?? "").slice(5) : body) ?? {} }
}

const unchunked = (bytes: Buffer): Buffer => {
  const parts: Array<Buffer> = []
  let rest = bytes
  for (;;) {
    const line = rest.indexOf("\r\n")
    const size = line < 0 ? 0 : Number.parseInt(rest.toString("latin1", 0, line), 16)
    if (!(size > 0)) return Buffer.concat(parts)
    parts.push(rest.subarray(line + 2, line + 2 + size))
    rest = rest.subarray(line + 2 + size + 2)
  }
}

/** The headers that every request needs. */
export const plainHeaders = (port: number): ReadonlyArray<Header> => [
  ["Host", `127.0.0.1:${port}`],
  ["Content-Type", "application/json"],
  ["Accept", "application/json, text/event-stream"]
]

/** The headers of a stateless request; `name` is what `Mcp-Name` mirrors. */
export const modernHeaders = (port: number, method: string, name?: string): ReadonlyArray<Header> => [
  ...plainHeaders(port),
  ["MCP-Protocol-Version", modernVersion],
  ["Mcp-Method", method],
  ...(name === undefined ? [] : [["Mcp-Name", name] as const])
]

/** The text of a stateless request. */
export const modernText = (method: string, params: JsonObject, id: string | number = 1): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params: { ...params, _meta: modernMeta() } })

/** These headers with some replaced, or, with `undefined`, left out. */
export const withHeaders = (
  headers: ReadonlyArray<Header>,
  changes: Readonly<Record<string, string | undefined>>
): ReadonlyArray<Header> => {
  const changed = new Set(Object.keys(changes).map((name) => name.toLowerCase()))
  return [
    ...headers.filter(([name]) => !changed.has(name.toLowerCase())),
    ...Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  ]
}
