import type { Era } from "../domain/Era.ts"
import { chanceOf } from "./Chance.ts"
import { EventLog, oddEvents } from "./EventLog.ts"
import type { Delivery } from "./ServerLine.ts"
import type { SimulatedSite } from "./SimulatedSite.ts"
import { SiteAnswer } from "./SiteAnswer.ts"
import type { SiteExchange } from "./SiteExchange.ts"

/** Streams that a session keeps to go on with, the oldest given up first. */
export const keptStreams = 50

/** A request that wants an answer, and how it came. */
export interface Asked {
  readonly id: string
  readonly method: string
  readonly exchange: SiteExchange
  readonly era: Era
  /** The answer has these headers besides its own. */
  readonly headers: Readonly<Record<string, string>>
}

/** The responses of one session that are still to bring something, and the streams that can be gone on with. */
export class SiteResponses {
  readonly #site: SimulatedSite
  readonly #answers = new Map<string, SiteAnswer>()
  readonly #logs = new Map<number, EventLog>()
  /** The session's own, for what answers nothing. */
  #stream: EventLog | undefined

  constructor(site: SimulatedSite) {
    this.#site = site
  }

  ask({ era, exchange, headers, id, method }: Asked): void {
    const { faults, style } = this.#site
    const isListening = method === "subscriptions/listen"
    const hasEvents = isListening || style.answers === "events" || (style.answers === "either" && chanceOf(id) < 0.5)
    const log = hasEvents ? this.#newLog(era) : undefined
    const fault = isListening ? undefined : faults.takeAnswer()
    const { framing } = style
    this.#answers.set(id, new SiteAnswer({ id, exchange, era, isListening, headers, framing, log, fault }))
  }

  /** Writes the answer to a request, or on the stream that one asked for. */
  answer(id: string, text: string, how: Delivery): void {
    const answer = this.#answers.get(id)
    if (answer === undefined) return
    answer.deliver(text, how)
    const { isListening, log } = answer
    if (isListening) return
    if (log === undefined) return void this.#answers.delete(id)
    this.#site.server.time.after(this.#site.style.lingerMillis, () => {
      log.end()
      if (this.#answers.get(id) === answer) this.#answers.delete(id)
    })
  }

  /** Writes what answers nothing: on the session's own stream, or on another one that is open. */
  say(text: string, how: Delivery): void {
    const stream = this.#stream?.isReadable === true ? this.#stream : this.#asked().at(-1)
    stream?.event(text, how)
  }

  /** Writes what is said of a request with its answer, or on the session's own stream; on no other request's. */
  mention(id: string, text: string): void {
    const own = this.#answers.get(id)?.log
    const hasBoth = own?.isReadable === true && this.#stream?.isReadable === true
    const stream = hasBoth && chanceOf(`${id} is mentioned`) < 0.5 ? this.#stream : (own ?? this.#stream)
    if (stream?.isReadable === true) stream.event(text)
  }

  /** Whether there is one for that. */
  get hasStream(): boolean {
    return this.#stream?.isReadable === true || this.#asked().length > 0
  }

  /** Nobody waits for the answer to this request. */
  drop(id: string): void {
    this.#answers.delete(id)
  }

  listen(exchange: SiteExchange): void {
    this.#stream?.interrupt()
    this.#stream = this.#newLog("stateful")
    this.#stream.attach(exchange, {})
  }

  /** Goes on with a stream behind an event. False: nothing is known of it. */
  resume(exchange: SiteExchange, stream: number, seen: number): boolean {
    const log = this.#logs.get(stream)
    log?.attach(exchange, {}, seen)
    return log !== undefined
  }

  /** All responses end; what was to come on them is lost, or waits for who comes back. */
  mute(): void {
    for (const answer of this.#answers.values()) answer.breakOff()
    this.#stream?.interrupt()
  }

  oddEvents(): void {
    for (const log of this.#open()) log.raw(oddEvents)
  }

  clear(): void {
    this.#answers.clear()
    this.#logs.clear()
    this.#stream = undefined
  }

  /** Streams of requests that still wait for their answers. */
  #asked(): ReadonlyArray<EventLog> {
    return [...this.#answers.values()].flatMap(({ isGiven, log }) =>
      !isGiven && log?.isReadable === true ? [log] : []
    )
  }

  #open(): ReadonlyArray<EventLog> {
    const logs = [this.#stream, ...[...this.#answers.values()].map(({ log }) => log)]
    return logs.filter((log) => log !== undefined).filter(({ isOpen }) => isOpen)
  }

  #newLog(era: Era): EventLog {
    // Streams of the stateless era can't be gone on with.
    if (!this.#site.style.resumes || era === "stateless") return new EventLog(undefined)
    const number = this.#site.nextLog()
    const log = new EventLog(number)
    this.#logs.set(number, log)
    const [oldest] = this.#logs.keys()
    if (this.#logs.size > keptStreams && oldest !== undefined) this.#logs.delete(oldest)
    return log
  }
}
