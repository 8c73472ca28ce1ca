import * as http from "node:http"
import type { AddressInfo } from "node:net"
import type { JsonObject } from "../../src/domain/Json.ts"
import { parseObject } from "../fixtures/envelope.ts"

export type Headers = Readonly<Record<string, string | ReadonlyArray<string>>>

export interface Sent {
  readonly method?: string
  readonly headers?: Headers
  /** A string goes out as it is, anything else as JSON. */
  readonly body?: unknown
  readonly agent?: http.Agent
}

/** One server-sent event. */
export interface ServerEvent {
  readonly id: string | undefined
  readonly retry: string | undefined
  readonly data: string | undefined
}

/** An HTTP response as it comes. */
export class Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** Everything that came, comments too. */
  text = ""
  /** Settles when the response is complete (true) or broke off (false). */
  readonly ended: Promise<boolean>
  readonly #response: http.IncomingMessage
  #wake: () => void = () => undefined

  constructor(response: http.IncomingMessage) {
    this.#response = response
    this.status = response.statusCode ?? 0
    this.headers = response.headers
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.ended = promise
    response.setEncoding("utf8").on("data", (part: string) => {
      this.text += part
      this.#wake()
    })
    response.on("error", () => undefined)
    response.once("close", () => {
      resolve(response.complete)
      this.#wake()
    })
  }

  /** The body, as one JSON object. */
  get json(): JsonObject {
    return parseObject(this.text) ?? { unreadable: this.text }
  }

  get events(): ReadonlyArray<ServerEvent> {
    const whole = this.text.slice(0, this.text.lastIndexOf("\n\n") + 1)
    return whole
      .split("\n\n")
      .map((block) => block.split("\n").filter((line) => line !== "" && !line.startsWith(":")))
      .filter((lines) => lines.length > 0)
      .map((lines) => ({ id: field(lines, "id"), retry: field(lines, "retry"), data: field(lines, "data") }))
  }

  /** The messages of the events; of a JSON answer, itself. */
  get messages(): ReadonlyArray<JsonObject> {
    if (!this.isStream) return this.text === "" ? [] : [this.json]
    return this.events.flatMap(({ data }) => (data === undefined || data === "" ? [] : [parseObject(data) ?? {}]))
  }

  get isStream(): boolean {
    return this.headers["content-type"] === "text/event-stream"
  }

  /** Waits until something is true of what has come. */
  async until(what: (answer: Answer) => boolean): Promise<this> {
    while (!what(this)) {
      if (this.#response.destroyed) throw new Error(`the response ended; it was ${this.status} ${this.text}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return this
  }

  /** Reads no more. */
  pause(): void {
    this.#response.pause()
  }

  resume(): void {
    this.#response.resume()
  }

  /** Goes away without reading to the end. */
  leave(): void {
    this.#response.destroy()
  }
}

const field = (lines: ReadonlyArray<string>, name: string): string | undefined => {
  const line = lines.find((each) => each.startsWith(`${name}:`))
  return line?.slice(name.length + 1).replace(/^ /, "")
}

/** A request that may have no answer yet. */
export interface Pending {
  readonly answer: Promise<Answer>
  /** Goes away, without waiting for an answer. */
  readonly leave: () => void
  readonly request: http.ClientRequest
}

export const jsonHeaders: Headers = {
  "Content-Type": "application/json",
  Accept: "application/json, text/event-stream"
}

/** Sends a request; the answer is there with its headers. */
export const begin = (url: string, { agent, body, headers = {}, method = "POST" }: Sent): Pending => {
  const { promise, reject, resolve } = Promise.withResolvers<Answer>()
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body)
  const length = text === undefined ? undefined : { "Content-Length": String(Buffer.byteLength(text)) }
  const all: Record<string, string | ReadonlyArray<string>> = {
    ...(method === "POST" ? jsonHeaders : { Accept: "text/event-stream" }),
    ...length,
    ...headers
  }
  const request = http.request(url, { method, agent: agent ?? false, headers: all as http.OutgoingHttpHeaders })
  request.on("response", (response) => resolve(new Answer(response)))
  request.on("error", reject)
  promise.catch(() => undefined)
  request.end(text)
  return { answer: promise, request, leave: () => void request.destroy() }
}

/** Sends a request, and reads the answer to its end. */
export const send = async (url: string, sent: Sent): Promise<Answer> => {
  const answer = await begin(url, sent).answer
  await answer.ended
  return answer
}

/** Sends a request whose answer is a stream, or takes a while: it is not read to the end. */
export const open = (url: string, sent: Sent): Promise<Answer> => begin(url, sent).answer

/** A port on which nothing listens. */
export const freePort = (): Promise<number> => {
  const server = http.createServer()
  const { promise, resolve } = Promise.withResolvers<number>()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resolve(port))
  })
  return promise
}
