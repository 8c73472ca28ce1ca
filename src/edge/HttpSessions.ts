import { randomBytes } from "node:crypto"
import type { Gateway } from "../gateway/Gateway.ts"
import { Cells } from "../machine/Cells.ts"
import type { IncomingRequest } from "../protocol/Envelope.ts"
import { EventStore } from "./EventStore.ts"
import { HttpSession } from "./HttpSession.ts"
import type { HttpBounds } from "./HttpSettings.ts"
import type { Exchange } from "./LoneAnswer.ts"
import type { OpenAnswers } from "./OpenAnswers.ts"

/** A call that asks its client, who has no response open for so many keep-alive periods, is given up. */
export const awayPeriods = 2

/** In random bytes: nobody guesses a session's id. */
const idBytes = 16

/** The sessions of the stateful era, by the id that only their client knows. */
export class HttpSessions {
  readonly #gateway: Gateway["Service"]
  readonly #bounds: HttpBounds
  readonly #answers: OpenAnswers
  readonly #sessions = new Cells<string, HttpSession>()
  readonly #store: EventStore
  #opened = 0
  #period = 0

  constructor(gateway: Gateway["Service"], bounds: HttpBounds, answers: OpenAnswers) {
    this.#gateway = gateway
    this.#bounds = bounds
    this.#answers = answers
    this.#store = new EventStore(bounds)
  }

  get size(): number {
    return this.#sessions.size
  }

  get full(): boolean {
    return this.#sessions.size >= this.#bounds.sessions
  }

  /** The session of an id, for the one who opened it, where it was opened: to anybody else there is none. */
  find(id: string, { principal, scope }: Pick<Exchange, "principal" | "scope">): HttpSession | undefined {
    const session = this.#sessions.get(id)
    if (session === undefined || session.scope !== scope || session.principal.id !== principal.id) return undefined
    session.lastHeard = session.lastNear = this.#period
    return session
  }

  /** Opens a session with an `initialize` that has been found good, and answers it. */
  open({ principal, response, scope, takes }: Exchange, initialize: IncomingRequest): void {
    const id = randomBytes(idBytes).toString("hex")
    const session = new HttpSession({
      gateway: this.#gateway,
      answers: this.#answers,
      events: this.#store.session(),
      principal,
      scope,
      sessionId: `session-${++this.#opened}`
    })
    session.lastHeard = session.lastNear = this.#period
    this.#sessions.set(id, session)
    response.setHeader("Mcp-Session-Id", id)
    session.post([initialize], [initialize.id], response, takes, false)
  }

  /** Calls that wait for nothing but a client who is away. */
  strandedCalls(): number {
    let count = 0
    for (const session of this.#sessions.values()) count += session.strandedCalls
    return count
  }

  /** Ends a session. */
  end(id: string): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    this.#sessions.delete(id)
    session.abandon()
    this.#gateway.flush()
  }

  /** A keep-alive period has passed: ends what waits for clients, and sessions, not heard of for too long. */
  tick(): void {
    this.#period++
    const idlePeriods = this.#bounds.sessionIdleMillis / this.#bounds.keepAliveMillis
    for (const id of this.#sessions.keys()) {
      const session = this.#sessions.get(id)
      if (session === undefined) continue
      if (!session.away) session.lastNear = this.#period
      else if (this.#period - session.lastNear > awayPeriods) session.giveUp()
      if (session.busy) session.lastHeard = this.#period
      else if (this.#period - session.lastHeard > idlePeriods) this.end(id)
    }
    this.#gateway.flush()
  }

  /** Ends them all. */
  endAll(): void {
    for (const id of [...this.#sessions.keys()]) this.end(id)
  }
}
