import type { JsonObject } from "../domain/Json.ts"
import { localPrincipal } from "../domain/Principal.ts"
import type { Gateway } from "../gateway/Gateway.ts"
import type { Answering } from "../gateway/LonePosts.ts"
import type { Session } from "../gateway/Session.ts"
import { parse } from "../protocol/Envelope.ts"
import { notificationMessage } from "./Message.ts"
import type { ClientPlan } from "./Scenario.ts"

type Running = Gateway["Service"]

/** How a client reaches the gateway: by one session after the other, or by requests that stand alone. */
export class ClientLine {
  readonly #plan: ClientPlan
  readonly #received: (text: string) => void
  readonly #posts = new Map<number, Answering>()
  #gateway: Running
  #session: Session | undefined
  #sessions = 0

  constructor(plan: ClientPlan, gateway: Running, received: (text: string) => void) {
    this.#plan = plan
    this.#gateway = gateway
    this.#received = received
  }

  get isOpen(): boolean {
    return this.#session !== undefined
  }

  /** Opens a session, perhaps at another gateway than before; nothing stands between requests that stand alone. */
  open(gateway: Running): void {
    this.#gateway = gateway
    if (this.#plan.kind === "lone") return
    this.#session = gateway.connect({ sessionId: `${this.#plan.name}-${++this.#sessions}`, send: this.#received })
  }

  /** Sends a request. `isKept`: it can be taken back. */
  request(id: number, text: string, isKept: boolean): void {
    if (this.#session !== undefined) return this.#session.receive(text)
    const message = parse(text)
    if (message._tag !== "Request") throw new Error("a simulated client wrote what is no request")
    const { principal } = this.#plan
    const post = this.#gateway.answer({
      principal: principal === undefined ? localPrincipal : { id: principal },
      scope: undefined,
      request: message,
      note: this.#received,
      reply: this.#received
    })
    if (isKept) this.#posts.set(id, post)
  }

  /** Sends what is no request, to a session if there is one. */
  send(text: string): void {
    this.#session?.receive(text)
  }

  notify(method: string, params: JsonObject): void {
    this.send(notificationMessage(method, params))
  }

  /** Says that a request is not wanted any more. */
  cancel(id: number): void {
    if (this.#plan.kind === "lone") this.#posts.get(id)?.cancel()
    else this.notify("notifications/cancelled", { requestId: id })
  }

  /** The request has its reply. */
  answered(id: number): void {
    this.#posts.delete(id)
  }

  /** Nobody waits for any of the requests that stand alone. */
  cancelAll(): void {
    for (const post of this.#posts.values()) post.cancel()
    this.#posts.clear()
  }

  close(): void {
    this.#session?.close()
    this.#session = undefined
  }

  flush(): void {
    this.#gateway.flush()
  }
}
