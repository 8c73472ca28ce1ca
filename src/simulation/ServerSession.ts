import type { Era } from "../domain/Era.ts"
import type { JsonObject } from "../domain/Json.ts"
import { metaKeys } from "../protocol/Meta.ts"
import { isWork, ownAnswer } from "./Answers.ts"
import { errorMessage, isReply, notificationMessage, objectIn, readMessage, resultMessage, textIn } from "./Message.ts"
import type { BadStart } from "./Scenario.ts"
import { ServerQuestions } from "./ServerQuestions.ts"
import { ServerWork } from "./ServerWork.ts"
import type { Delivery, ServerLine } from "./ServerLine.ts"
import type { SimulatedServer } from "./SimulatedServer.ts"

/** A server needs so long for what it does not work on: handshake, lists, pings. Milliseconds. */
const ownMillis = 1

/** One process of a simulated server at work: reads what the gateway sends, and answers as the faults of the day say. */
export class ServerSession {
  readonly line: ServerLine
  readonly questions: ServerQuestions
  readonly #server: SimulatedServer
  readonly #era: Era
  readonly #bad: BadStart | undefined
  readonly #work: ServerWork
  #inbox: Array<string> = []
  /** What it was about to do when it was stopped. */
  #postponed: Array<() => void> = []
  /** Ids of requests that have no reply yet. */
  readonly #owed = new Set<string>()
  /** Resources that the gateway watches, and the stream on which it hears of changes. */
  readonly #watched = new Set<string>()
  #listening: string | undefined
  #capabilities: JsonObject = {}
  /** It is gone while it writes that one of its own replies. */
  #crash: { readonly reply: number; readonly share: number } | undefined
  #ownReplies = 0
  #stoppedUntil = 0

  constructor(server: SimulatedServer, line: ServerLine, bad: BadStart | undefined) {
    this.#server = server
    this.line = line
    this.#era = server.era
    this.#bad = bad
    this.#crash = server.faults.takeCrashInStart()
    this.questions = new ServerQuestions(server, line)
    this.#work = new ServerWork({
      server,
      line,
      era: this.#era,
      questions: this.questions,
      capabilities: () => this.#capabilities,
      reply: (id, text, how) => this.#reply(id, text, how),
      later: (millis, act) => this.#later(millis, act)
    })
    server.sessions.add(this)
  }

  get isStopped(): boolean {
    return this.#server.time.now < this.#runsAt
  }

  /** Whether the gateway waits for a reply to a request of this id. */
  owes(id: string): boolean {
    // What it has not read yet is waited for as well.
    return this.#owed.has(id) || this.#inbox.some((text) => textIn(readMessage(text), "id") === id)
  }

  /** It is gone: nothing of it happens any more. */
  end(): void {
    this.#server.sessions.delete(this)
    for (const id of this.#work.ids) this.#server.remember(id)
    this.#inbox = []
  }

  /** Takes a message of the gateway; one that is stopped reads it when it goes on. */
  receive(text: string): void {
    if (this.isStopped) return void this.#inbox.push(text)
    const message = readMessage(text)
    if (isReply(message)) return this.questions.replied(message)
    const id = textIn(message, "id")
    const method = textIn(message, "method")
    const params = objectIn(message, "params")
    if (id !== "") return this.#asked(id, method, params)
    if (method !== "notifications/cancelled") return
    const cancelled = textIn(params, "requestId")
    if (cancelled === this.#listening) this.#listening = undefined
    this.#work.cancelled(cancelled)
  }

  /** Its process is stopped until then. */
  stop(until: number): void {
    this.#stoppedUntil = Math.max(this.#stoppedUntil, until)
  }

  /** It is stopped no more, whatever was said, and nothing goes wrong with it any more. */
  wake(): void {
    this.#stoppedUntil = 0
    this.#crash = undefined
    this.goOn()
  }

  goOn(): void {
    const inbox = this.#inbox
    this.#inbox = []
    for (const text of inbox) this.receive(text)
    const postponed = this.#postponed
    this.#postponed = []
    for (const act of postponed) act()
  }

  /** Says that its tools are others now. */
  toolsChanged(): void {
    this.#later(0, () => this.#say("notifications/tools/list_changed", {}))
  }

  /** Says that a resource has changed, if it is watched. */
  updated(uri: string): void {
    this.#later(0, () => {
      if (this.#watched.has(uri)) this.#say("notifications/resources/updated", { uri })
    })
  }

  /** One that is begun at a stopped process over HTTP is stopped as well. */
  get #runsAt(): number {
    return Math.max(this.#stoppedUntil, this.#server.stoppedUntil)
  }

  #say(method: string, params: JsonObject): void {
    if (this.#era === "stateful") {
      if (!this.line.isHeard()) this.#server.hasUntold = true
      return this.line.deliver(notificationMessage(method, params), undefined)
    }
    if (this.#listening === undefined) return
    const onStream = { ...params, _meta: { [metaKeys.subscriptionId]: this.#listening } }
    this.line.deliver(notificationMessage(method, onStream), this.#listening)
  }

  #later(millis: number, act: () => void): void {
    this.#server.time.after(millis, () => {
      if (!this.#server.sessions.has(this)) return
      // One that is stopped does nothing; what it was about to do it does when it goes on.
      if (this.isStopped) this.#postponed.push(act)
      else act()
    })
  }

  #asked(id: string, method: string, params: JsonObject): void {
    if (this.#bad === "silent") return
    this.#owed.add(id)
    if (isWork(method)) return this.#work.begin(id, method, params)
    if (this.#bad === "exits" && method === "tools/list") return this.line.die("exited with code 1")
    if (method === "subscriptions/listen") return this.#listens(id, params)
    const uri = textIn(params, "uri")
    if (method === "resources/subscribe") this.#watched.add(uri)
    if (method === "resources/unsubscribe") this.#watched.delete(uri)
    if (method === "initialize") this.#capabilities = objectIn(params, "capabilities")
    // In the stateless era the gateway asks the same again, to see whether it still lives.
    const isFirst = method === "initialize" || (method === "server/discover" && this.#ownReplies === 0)
    const millis = this.#bad === "slow" && isFirst ? this.#server.plan.spec.startTimeoutMillis * 0.4 : ownMillis
    this.#later(millis, () => this.#replyOwn(id, this.#own(id, method, params)))
  }

  #listens(id: string, params: JsonObject): void {
    this.#listening = id
    this.#watched.clear()
    const uris = objectIn(params, "notifications")["resourceSubscriptions"]
    for (const uri of Array.isArray(uris) ? uris : []) this.#watched.add(String(uri))
    const notifications = objectIn(params, "notifications")
    this.#later(0, () => {
      if (this.#listening === id) this.#say("notifications/subscriptions/acknowledged", { notifications })
    })
  }

  #own(id: string, method: string, params: JsonObject): string {
    const { name, plan, tools } = this.#server
    if (this.#bad === "unlisted" && method === "tools/list") return errorMessage(id, -32_603, "it failed")
    const all = plan.hasAll === true ? name : undefined
    const own = ownAnswer({ era: this.#era, tools, all, logs: plan.logs === true }, method, params)
    if (own === undefined) return errorMessage(id, -32_601, "Method not found")
    const isForeign = this.#bad === "foreign" && method === "initialize"
    return resultMessage(id, isForeign ? { ...own, protocolVersion: "1999-12-31" } : own)
  }

  /** It may be gone at any byte of what it says of itself. */
  #replyOwn(id: string, text: string): void {
    const crash = this.#ownReplies++ === this.#crash?.reply ? this.#crash : undefined
    this.#reply(id, text, crash)
    if (crash?.share === 1) this.line.die("killed by SIGSEGV")
  }

  #reply(id: string, text: string, how?: Delivery): void {
    this.#owed.delete(id)
    this.line.deliver(text, id, how)
  }
}
