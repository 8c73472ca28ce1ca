import type { Era } from "../domain/Era.ts"
import type { JsonObject } from "../domain/Json.ts"
import { canaryIn } from "./Answers.ts"
import { isReply, notificationMessage, objectIn, readMessage, textIn } from "./Message.ts"
import type { LineRecord } from "./Observation.ts"
import type { BadStart } from "./Scenario.ts"
import { ServerSession } from "./ServerSession.ts"
import type { Delivery, ServerLine } from "./ServerLine.ts"
import type { SimulatedSite, SiteGuest } from "./SimulatedSite.ts"
import type { WireEnd } from "./SimulatedWire.ts"
import type { SiteExchange } from "./SiteExchange.ts"
import type { RequestFault } from "./SiteFault.ts"
import { checkManners } from "./SiteManners.ts"
import { goneSession, noMethod, noSession, refuse } from "./SiteRefusal.ts"
import type { Refusal } from "./SiteRefusal.ts"
import { SiteResponses } from "./SiteResponses.ts"

/**
 * The server's end of one line of the gateway: Streamable HTTP in either era, answered by a session of the simulated
 * server. One line has one session at most; when the server forgets it, the line has none.
 */
export class SiteLine implements ServerLine, WireEnd, SiteGuest {
  readonly record: LineRecord
  readonly #site: SimulatedSite
  readonly #responses: SiteResponses
  #bad: BadStart | undefined
  #session: ServerSession | undefined
  #era: Era
  /** What the session is called, if it has a name. */
  #name: string | undefined
  #exchanges: ReadonlyArray<SiteExchange> = []
  #isClosed = false

  constructor(site: SimulatedSite, record: LineRecord, bad: BadStart | undefined) {
    this.record = record
    this.#site = site
    this.#bad = bad
    this.#era = site.server.era
    this.#responses = new SiteResponses(site)
    site.guests.add(this)
  }

  readonly admits = () => (this.#bad === "refused" ? "refused" : this.#site.admits())
  readonly incarnation = () => this.#site.incarnation

  readonly arrived = (exchange: SiteExchange): void => {
    this.#exchanges = [...this.#exchanges.filter(({ isOpen }) => isOpen), exchange]
    this.#site.whenRunning(() => this.#take(exchange))
  }

  readonly sent = ({ request }: SiteExchange): void => {
    if (request.body !== null) this.#site.server.world.written(this.record, request.body)
  }

  readonly closed = (): void => {
    if (this.#isClosed) return
    this.#end()
    this.#isClosed = true
    this.#site.guests.delete(this)
    this.#site.server.world.gone(this.record, "was closed")
  }

  deliver(text: string, about: string | undefined, how: Delivery = {}): void {
    this.#site.server.world.saw({ _tag: "Sent", line: this.record, text })
    if (about === undefined) this.#responses.say(text, how)
    else this.#responses.answer(about, text, how)
    if ((how.share ?? 1) < 1) this.die("was killed by SIGSEGV")
  }

  mention(text: string, about: string): void {
    this.#site.server.world.saw({ _tag: "Sent", line: this.record, text })
    this.#responses.mention(about, text)
  }

  die(how: string): void {
    this.#site.crash(how)
  }

  /** Requests of servers, and what belongs to no request, are of the stateful era. */
  readonly isHeard = (): boolean => this.#era === "stateful" && this.#responses.hasStream

  readonly mute = (): void => this.#responses.mute()

  readonly oddEvents = (): void => this.#responses.oddEvents()

  readonly crashed = (): void => {
    this.#end()
    this.cutAll()
  }

  readonly cutAll = (): void => {
    for (const exchange of this.#exchanges) exchange.cut()
  }

  /** One without a name is none that could be forgotten. */
  readonly forget = (): void => {
    if (this.#name !== undefined) this.#end()
  }

  readonly #end = (): void => {
    this.#session?.end()
    this.#session = undefined
    this.#bad = undefined
    this.#name = undefined
    this.#responses.clear()
  }

  #take(exchange: SiteExchange): void {
    if (this.#isClosed) return
    const { faults, incarnation, isUp } = this.#site
    if (exchange.incarnation !== incarnation || !isUp) return exchange.cut()
    const { body, method } = exchange.request
    const message = body === null ? {} : readMessage(body)
    const fault = this.#bad === "unauthorized" ? unauthorized : faults.takeRequest()
    if (fault !== undefined) return this.#refused(exchange, message, fault)
    if (body !== null) checkManners(exchange, message)
    const isOpening = message["method"] === "initialize" && this.#speaks() === "stateful"
    const problem = isOpening ? undefined : (this.#eraProblem(exchange) ?? this.#nameProblem(exchange))
    if (problem !== undefined) return this.#handBack(exchange, message, problem)
    if (method === "GET") return this.#get(exchange)
    if (method === "POST") return this.#post(exchange, body ?? "", message, isOpening)
    this.#end()
    refuse(exchange, { status: 200, body: "none" })
  }

  #refused(exchange: SiteExchange, message: JsonObject, fault: RequestFault): void {
    if (fault._tag === "Unauthorized") return this.#handBack(exchange, message, { status: 401, body: "none" })
    if (fault._tag === "Status") refuse(exchange, { ...fault, id: textIn(message, "id") })
    else this.#site.loses(exchange)
  }

  /** Nobody has looked at it, and the gateway is told so: it may go out again on another line. */
  #handBack(exchange: SiteExchange, message: JsonObject, refusal: Refusal): void {
    const { world } = this.#site.server
    const call = world.calls.get(canaryIn(objectIn(message, "params")))
    if (call?.written.at(-1)?.line === this.record.line) {
      call.written.pop()
      call.handedBackAt = world.now
    }
    refuse(exchange, refusal)
  }

  #post(exchange: SiteExchange, text: string, message: JsonObject, isOpening: boolean): void {
    const session = isOpening ? this.#open() : this.#going()
    const id = textIn(message, "id")
    if (id === "" || isReply(message)) {
      session.receive(text)
      return refuse(exchange, { status: 202, body: "none" })
    }
    const headers: Readonly<Record<string, string>> =
      isOpening && this.#name !== undefined ? { "mcp-session-id": this.#name } : {}
    this.#responses.ask({ id, method: textIn(message, "method"), exchange, era: this.#era, headers })
    // In the stateless era that is how a request is cancelled; a session goes on with it.
    if (this.#era === "stateless") exchange.onLeft = () => this.#cancelled(id)
    session.receive(text)
  }

  #get(exchange: SiteExchange): void {
    const [, stream, seen] = /^(\d+)-(\d+)$/.exec(exchange.header("last-event-id") ?? "") ?? []
    if (stream !== undefined) {
      if (!this.#responses.resume(exchange, Number(stream), Number(seen))) refuse(exchange, unknownEvent)
    } else if (this.#speaks() === "stateful" && this.#site.style.listens) {
      this.#responses.listen(exchange)
    } else {
      refuse(exchange, { status: 405, body: "none" })
    }
  }

  #speaks(): Era {
    return this.#session === undefined ? this.#site.server.era : this.#era
  }

  /** Each request of the stateless era says for itself what it is (MCP 2026-07-28, Streamable HTTP). */
  #eraProblem(exchange: SiteExchange): Refusal | undefined {
    const isPost = exchange.request.method === "POST"
    return this.#speaks() === "stateless" && isPost && exchange.header("mcp-method") === undefined
      ? noMethod
      : undefined
  }

  #nameProblem(exchange: SiteExchange): Refusal | undefined {
    if (this.#speaks() === "stateless" || !this.#site.style.names) return undefined
    const name = exchange.header("mcp-session-id")
    if (name === undefined) return noSession
    return name === this.#name ? undefined : goneSession
  }

  #open(): ServerSession {
    const bad = this.#bad
    this.#end()
    this.#bad = bad
    if (this.#site.style.names) this.#name = this.#site.nextName()
    return this.#going()
  }

  #going(): ServerSession {
    if (this.#session === undefined) {
      this.#era = this.#site.server.era
      this.#session = new ServerSession(this.#site.server, this, this.#bad)
    }
    return this.#session
  }

  #cancelled(id: string): void {
    this.#responses.drop(id)
    this.#session?.receive(notificationMessage("notifications/cancelled", { requestId: id }))
  }
}

const unauthorized: RequestFault = { _tag: "Unauthorized", requests: 1 }
const unknownEvent: Refusal = { status: 400, body: "text" }
