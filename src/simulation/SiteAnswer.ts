import type { Era } from "../domain/Era.ts"
import { EventLog } from "./EventLog.ts"
import type { SiteExchange } from "./SiteExchange.ts"
import type { AnswerFault } from "./SiteFault.ts"
import type { SiteStyle } from "./SiteKinds.ts"
import { refuse } from "./SiteRefusal.ts"
import type { Delivery } from "./ServerLine.ts"

/** What an answer is made of. */
export interface AnswerParts {
  /** Of the request. */
  readonly id: string
  readonly exchange: SiteExchange
  readonly era: Era
  /** It is no answer, but a stream that the gateway asked for. */
  readonly isListening: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly framing: SiteStyle["framing"]
  /** The stream that it comes on; `undefined`: it is one JSON body. */
  readonly log: EventLog | undefined
  readonly fault: AnswerFault | undefined
}

/** The response to one request in a POST. */
export class SiteAnswer {
  readonly log: EventLog | undefined
  readonly isListening: boolean
  readonly #parts: AnswerParts
  #isGiven = false

  constructor(parts: AnswerParts) {
    this.#parts = parts
    this.isListening = parts.isListening
    const { exchange, fault, headers } = parts
    // What goes wrong before the head can't wait for the head of a stream.
    const isHeadless = fault?._tag === "StatusInstead" || (fault?._tag === "Cut" && fault.share === 0)
    this.log = isHeadless ? undefined : parts.log
    const type: Readonly<Record<string, string>> = fault?._tag === "Type" ? { "content-type": fault.type } : {}
    this.log?.attach(exchange, { ...headers, ...type })
  }

  /** Its stream lingers, and nobody may read it any more. */
  get isGiven(): boolean {
    return this.#isGiven
  }

  deliver(text: string, how: Delivery): void {
    this.#isGiven = true
    const { exchange, fault, id } = this.#parts
    if (fault?._tag === "StatusInstead") return refuse(exchange, { ...fault, id })
    const poured = { ...how, ...(fault?._tag === "Cut" ? { share: fault.share } : undefined) }
    if (this.log !== undefined) this.log.event(text, poured)
    else this.#json(text, poured)
  }

  /** It is never answered, and its connection not used any more. */
  breakOff(): void {
    if (this.log === undefined) this.#parts.exchange.cut()
    else this.log.interrupt()
  }

  #json(text: string, { millis = 0, share = 1 }: Delivery): void {
    const { era, exchange, fault, framing, headers } = this.#parts
    if (share === 0) return exchange.cut()
    const bytes = Buffer.from(text)
    exchange.head(era === "stateless" ? statusOf(text) : 200, {
      "content-type": fault?._tag === "Type" ? fault.type : "application/json",
      ...framed(framing, bytes),
      ...headers
    })
    if (framing !== "close") exchange.pour(bytes, { millis, share })
    // That it is cut can't be told from its end.
    else exchange.pour(bytes.subarray(0, Math.floor(bytes.length * share)), { millis })
    exchange.end(framing !== "close")
  }
}

const framed = (framing: SiteStyle["framing"], bytes: Buffer): Readonly<Record<string, string>> => {
  if (framing === "length") return { "content-length": `${bytes.length}` }
  return framing === "chunked" ? { "transfer-encoding": "chunked" } : {}
}

/** The status of an answer in the stateless era (MCP 2026-07-28, Streamable HTTP, "Sending Messages"). */
const statusOf = (text: string): number => (text.includes('"error":{"code":-32601,') ? 404 : 200)
