import { wireBounds } from "../backend/HttpWire.ts"
import type { Wire, WireHandler, WireRequest } from "../backend/Wire.ts"
import { netMillis, SiteExchange, wireError } from "./SiteExchange.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** How long a connection takes to stand. */
const connectMillis = 0.5

/** How long TCP waits for an answer to its first try to connect (RFC 6298, 2.1). */
const knockMillis = 1_000

/** What a wire needs of the other end. */
export interface WireEnd {
  /** How somebody fares who connects. */
  readonly admits: () => "open" | "refused" | "silent"
  /** Which process listens; a connection to an earlier one is dead. */
  readonly incarnation: () => number
  /** The bytes of a request leave the gateway. */
  readonly sent: (exchange: SiteExchange) => void
  /** They are there. */
  readonly arrived: (exchange: SiteExchange) => void
  /** All connections are closed for good. */
  readonly closed: () => void
}

interface Waiting {
  readonly request: WireRequest
  readonly handler: WireHandler
}

interface Idle {
  readonly until: number
  readonly incarnation: number
}

/** The connections of one line to a simulated server: bounded and kept alive, as the live wire has them. */
export class SimulatedWire implements Wire {
  readonly #end: WireEnd
  readonly #time: VirtualTime
  readonly #connections: number
  #waiting: Array<Waiting> = []
  readonly #connecting = new Set<Waiting>()
  readonly #exchanges = new Set<SiteExchange>()
  #idle: Array<Idle> = []
  #isDestroyed = false

  constructor(end: WireEnd, time: VirtualTime, connections: number) {
    this.#end = end
    this.#time = time
    this.#connections = connections
  }

  readonly send = (request: WireRequest, handler: WireHandler): void => {
    const waiting = { request, handler }
    if (this.#isDestroyed) return this.#time.soon(() => notSent(waiting, "UND_ERR_DESTROYED"))
    this.#waiting.push(waiting)
    this.#next()
  }

  readonly destroy = (done: () => void): void => {
    this.#isDestroyed = true
    const unsent = [...this.#connecting, ...this.#waiting]
    this.#connecting.clear()
    this.#waiting = []
    for (const exchange of [...this.#exchanges]) exchange.fail(wireError("UND_ERR_DESTROYED"))
    for (const waiting of unsent) notSent(waiting, "UND_ERR_DESTROYED")
    this.#end.closed()
    this.#time.soon(done)
  }

  #next(): void {
    while (this.#connecting.size + this.#exchanges.size < this.#connections) {
      const waiting = this.#waiting.shift()
      if (waiting === undefined) return
      if (this.#takesIdle()) this.#start(waiting)
      else this.#connect(waiting)
    }
  }

  #takesIdle(): boolean {
    const incarnation = this.#end.incarnation()
    this.#idle = this.#idle.filter((idle) => idle.until > this.#time.now && idle.incarnation === incarnation)
    return this.#idle.pop() !== undefined
  }

  #connect(waiting: Waiting): void {
    this.#connecting.add(waiting)
    this.#time.after(connectMillis, () => this.#knock(waiting, 0))
    this.#time.after(connectMillis + wireBounds.connectMillis, () =>
      this.#notConnected(waiting, "UND_ERR_CONNECT_TIMEOUT")
    )
  }

  /** Whoever hears nothing asks again, as TCP does, each time after twice as long. */
  #knock(waiting: Waiting, times: number): void {
    const admitted = this.#end.admits()
    if (admitted === "refused") return this.#notConnected(waiting, "ECONNREFUSED")
    if (admitted === "open") return this.#connecting.delete(waiting) ? this.#start(waiting) : undefined
    const millis = knockMillis * 2 ** times
    if (millis < wireBounds.connectMillis) this.#time.after(millis, () => this.#knock(waiting, times + 1))
  }

  #notConnected(waiting: Waiting, code: string): void {
    if (!this.#connecting.delete(waiting)) return
    notSent(waiting, code)
    this.#next()
  }

  #start({ handler, request }: Waiting): void {
    const incarnation = this.#end.incarnation()
    const exchange = new SiteExchange(request, handler, incarnation, this.#time, (isReusable) => {
      this.#exchanges.delete(exchange)
      if (isReusable) this.#idle.push({ until: this.#time.now + wireBounds.idleMillis, incarnation })
      if (!this.#isDestroyed) this.#next()
    })
    this.#exchanges.add(exchange)
    if (!exchange.begin()) return
    this.#end.sent(exchange)
    this.#time.after(netMillis, () => this.#end.arrived(exchange))
  }
}

/** No byte of it has gone out. */
const notSent = ({ handler }: Waiting, code: string): void => handler.onResponseError(null, wireError(code))
