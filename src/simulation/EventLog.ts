import type { Pouring, SiteExchange } from "./SiteExchange.ts"

/** How long a server that numbers its events asks to wait before a stream is gone on with, milliseconds. */
const retryMillis = 150

/** Events of one stream that a server keeps for who comes back. */
export const keptEvents = 500

/**
 * One event stream of a simulated server. One with a number outlives its connection: what is written meanwhile waits for
 * the gateway to come back with the id of the last event that it has.
 */
export class EventLog {
  readonly #number: number | undefined
  readonly #kept: Array<string> = []
  /** How many there were. */
  #count = 0
  #exchange: SiteExchange | undefined
  #isOver = false

  constructor(number: number | undefined) {
    this.#number = number
  }

  get isOpen(): boolean {
    return this.#exchange?.isOpen === true
  }

  /** Whether what is written now can still be read, be it later. */
  get isReadable(): boolean {
    return !this.#isOver && (this.isOpen || this.#number !== undefined)
  }

  /** Begins on this connection, or goes on there behind the event of this number. */
  attach(exchange: SiteExchange, headers: Readonly<Record<string, string>>, seen?: number): void {
    this.#exchange?.end(false)
    this.#exchange = exchange
    exchange.head(200, { "content-type": "text/event-stream", ...headers })
    if (seen === undefined) return this.#begin(exchange)
    const oldest = this.#count - this.#kept.length
    for (const [index, data] of this.#kept.entries()) {
      const number = oldest + index + 1
      if (number > seen) exchange.pour(this.#bytes(data, number))
    }
    if (this.#isOver) exchange.end(true)
  }

  event(data: string, how?: Pouring): void {
    if (this.#isOver) return
    this.#count++
    if (this.#number !== undefined) {
      this.#kept.push(data)
      if (this.#kept.length > keptEvents) this.#kept.shift()
    }
    this.#exchange?.pour(this.#bytes(data, this.#count), how)
  }

  /** Writes what is no event of its own. */
  raw(text: string): void {
    this.#exchange?.pour(Buffer.from(text))
  }

  /** Ends the response, but not what it is for. */
  interrupt(): void {
    this.#exchange?.end(true)
  }

  end(): void {
    this.#isOver = true
    this.#exchange?.end(true)
  }

  /** An event without data: only its id counts. */
  #begin(exchange: SiteExchange): void {
    if (this.#number !== undefined)
      exchange.pour(Buffer.from(`retry: ${retryMillis}\nid: ${this.#number}-0\ndata:\n\n`))
  }

  #bytes(data: string, count: number): Buffer {
    const id = this.#number === undefined ? "" : `id: ${this.#number}-${count}\n`
    return Buffer.from(`${id}event: message\ndata: ${data}\n\n`)
  }
}

/** What no client asked for: a comment, an event of another name, one that is no message, a reply to somebody else. */
export const oddEvents = [
  ": still here",
  "event: heartbeat\ndata: {}",
  "retry: soon\nid: \u0000",
  "data: half a",
  'data: {"jsonrpc":"2.0","id":"somebody else","result":{}}',
  ""
].join("\n\n")
