import type { WireController, WireHandler, WireRequest } from "../backend/Wire.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** How long bytes are under way between the gateway and a server. */
export const netMillis = 0.2

/** Pieces of a body that comes in pieces. */
const pieces = 7

/** How bytes are written: over so many milliseconds; with less than all of them the connection is cut. */
export interface Pouring {
  readonly millis?: number
  readonly share?: number
}

/**
 * One request on its connection, and the response to it, as both ends see them. What the server does shows at the gateway
 * a little later and in the same order; what the gateway does shows at the server likewise.
 */
export class SiteExchange {
  readonly request: WireRequest
  /** Which process of the server the connection leads to. */
  readonly incarnation: number
  /** Tells the server that the gateway is gone. */
  onLeft: (() => void) | undefined
  readonly #controller: WireController = { abort: (reason) => this.fail(reason) }
  readonly #handler: WireHandler
  readonly #time: VirtualTime
  readonly #released: (isReusable: boolean) => void
  readonly #acts: Array<() => void> = []
  #at = 0
  #headCame = false
  #cancelPatience: (() => void) | undefined
  /** For the gateway. */
  #isOver = false
  /** For the server. */
  #isClosed = false

  constructor(
    request: WireRequest,
    handler: WireHandler,
    incarnation: number,
    time: VirtualTime,
    released: (isReusable: boolean) => void
  ) {
    this.request = request
    this.incarnation = incarnation
    this.#handler = handler
    this.#time = time
    this.#released = released
  }

  /** Whether the server can still answer. */
  get isOpen(): boolean {
    return !this.#isClosed
  }

  header(name: string): string | undefined {
    const { headers } = this.request
    for (let at = 0; at < headers.length; at += 2) if (headers[at]?.toLowerCase() === name) return headers[at + 1]
    return undefined
  }

  /** The request goes out. False: the gateway does not want it any more. */
  begin(): boolean {
    const { headersMillis } = this.request
    this.#handler.onRequestStart(this.#controller)
    if (this.#isOver) return false
    if (headersMillis > 0) {
      this.#cancelPatience = this.#time.after(headersMillis, () => this.fail(wireError("UND_ERR_HEADERS_TIMEOUT")))
    }
    return true
  }

  /** Ends it for the gateway, with its connection. */
  fail(reason: Error): void {
    if (this.#isOver) return
    this.#time.after(netMillis, () => this.#left())
    this.#over(false, () => this.#handler.onResponseError(this.#controller, reason))
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#isClosed) return
    this.#later(0, () => {
      this.#headCame = true
      this.#cancelPatience?.()
      this.#handler.onResponseStart(this.#controller, status, headers)
    })
  }

  /** Writes bytes of the body. */
  pour(bytes: Buffer, { millis = 0, share = 1 }: Pouring = {}): void {
    const part = bytes.subarray(0, Math.floor(bytes.length * share))
    const count = millis > 0 ? pieces : 1
    const size = Math.max(1, Math.ceil(part.length / count))
    for (let start = 0; start < part.length; start += size) {
      const piece = part.subarray(start, start + size)
      this.#write(piece, start === 0 ? 0 : millis / count)
    }
    if (share < 1) this.cut()
  }

  /** The response is complete. `isReusable`: so is the connection, for another request. */
  end(isReusable: boolean): void {
    if (this.#isClosed) return
    this.#later(0, () => this.#over(isReusable, () => this.#handler.onResponseEnd(this.#controller)))
    this.#isClosed = true
  }

  /** The connection breaks, after what has been written. */
  cut(): void {
    if (this.#isClosed) return
    this.#later(0, () => {
      const error = wireError(this.#headCame ? "UND_ERR_SOCKET" : "ECONNRESET")
      this.#over(false, () => this.#handler.onResponseError(this.#controller, error))
    })
    this.#isClosed = true
  }

  #write(piece: Buffer, pauseMillis: number): void {
    if (this.#isClosed) return
    this.#later(pauseMillis, () => this.#handler.onResponseData(this.#controller, piece))
  }

  #over(isReusable: boolean, tell: () => void): void {
    this.#isOver = true
    this.#cancelPatience?.()
    tell()
    this.#released(isReusable)
  }

  #left(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.onLeft?.()
  }

  /** Each in its turn, whatever the order of timers of one instant. */
  #later(pauseMillis: number, act: () => void): void {
    const { now } = this.#time
    this.#at = Math.max(now + netMillis, this.#at + pauseMillis)
    this.#acts.push(act)
    this.#time.after(this.#at - now, () => {
      const next = this.#acts.shift()
      if (!this.#isOver) next?.()
    })
  }
}

/** An error as the live wire has it: its code is all that is looked at. */
export const wireError = (code: string): Error => Object.assign(new Error(code), { code })
