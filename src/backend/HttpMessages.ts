import type { ResponseHeaders } from "./HttpExchange.ts"
import { HttpMessage } from "./HttpMessage.ts"
import type { HttpLine, MessageEnd, MessageHost, Route } from "./HttpMessage.ts"
import type { HttpPost } from "./HttpPost.ts"
import type { Outgoing } from "./Transport.ts"

/** Who sends messages. */
export interface MessagesOwner {
  /** The first bytes of a response. */
  readonly responded: (message: HttpMessage, status: number, headers: ResponseHeaders) => void
  readonly frames: (message: HttpMessage, frames: ReadonlyArray<string>) => void
  readonly oversize: (bytes: number) => void
  readonly ended: (message: HttpMessage, end: MessageEnd) => void
}

/** The messages of one line that are under way. */
export class HttpMessages implements MessageHost {
  readonly line: HttpLine
  readonly #owner: MessagesOwner
  readonly #lingerLimit: number
  readonly #requests = new Map<string, HttpMessage>()
  readonly #notices = new Set<HttpMessage>()
  readonly #lingering = new Set<HttpPost>()
  #streams = 0
  #waitingBytes = 0

  /** `lingerLimit`: most responses that may go on after they brought what was awaited; the oldest is cut off. */
  constructor(line: HttpLine, lingerLimit: number, owner: MessagesOwner) {
    this.line = line
    this.#lingerLimit = lingerLimit
    this.#owner = owner
  }

  /** Requests that are to be answered; a stream that is only listened to is none. */
  get awaited(): number {
    return this.#requests.size - this.#streams
  }

  /** What the server has not taken yet. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  send(frame: string, outgoing: Outgoing, route: Route): void {
    const message = new HttpMessage(frame, outgoing, route, this)
    if (outgoing._tag === "Request") {
      this.#requests.set(outgoing.id, message)
      this.#streams += streams(outgoing)
    } else this.#notices.add(message)
    this.#waitingBytes += message.waitingBytes
    message.send()
  }

  /** Breaks a request off: nobody waits for it. In the stateless era that is how its server hears of it. */
  drop(id: string): void {
    const message = this.#requests.get(id)
    if (message === undefined) return
    this.#remove(message)
    message.abort()
  }

  /** Breaks everything off. */
  stop(): void {
    const all = [...this.#requests.values(), ...this.#notices]
    for (const message of all) {
      this.#remove(message)
      message.abort()
    }
    for (const post of [...this.#lingering]) post.abort()
    this.#lingering.clear()
  }

  responded(message: HttpMessage, status: number, headers: ResponseHeaders): void {
    this.#waitingBytes -= message.waitingBytes
    this.#owner.responded(message, status, headers)
  }

  frames(message: HttpMessage, frames: ReadonlyArray<string>): void {
    this.#owner.frames(message, frames)
  }

  oversize(bytes: number): void {
    this.#owner.oversize(bytes)
  }

  over(message: HttpMessage, end: MessageEnd): void {
    this.#remove(message)
    this.#owner.ended(message, end)
  }

  lingers(post: HttpPost): void {
    this.#lingering.add(post)
    if (this.#lingering.size <= this.#lingerLimit) return
    const [oldest] = this.#lingering
    if (oldest === undefined) return
    this.#lingering.delete(oldest)
    oldest.abort()
  }

  closed(post: HttpPost): void {
    this.#lingering.delete(post)
  }

  #remove(message: HttpMessage): void {
    const { outgoing } = message
    this.#waitingBytes -= message.waitingBytes
    if (outgoing._tag !== "Request") {
      this.#notices.delete(message)
    } else if (this.#requests.delete(outgoing.id)) {
      this.#streams -= streams(outgoing)
    }
  }
}

const streams = ({ method }: Extract<Outgoing, { readonly _tag: "Request" }>): number =>
  method === "subscriptions/listen" ? 1 : 0
