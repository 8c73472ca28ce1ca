import { Cells } from "../machine/Cells.ts"
import { HttpMessage, isStream } from "./HttpMessage.ts"
import type { HttpLine, MessageEnd, MessageHost, Route } from "./HttpMessage.ts"
import type { HttpPost } from "./HttpPost.ts"
import type { Outgoing } from "./Transport.ts"
import type { ResponseHeaders } from "./Wire.ts"

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
  readonly #requests = new Cells<string, HttpMessage>()
  readonly #notices = new Set<HttpMessage>()
  readonly #lingering = new Cells<number, HttpPost>()
  #lingered = 0
  #waitingBytes = 0

  /** `lingerLimit`: most responses that may go on after they brought what was awaited; the oldest is cut off. */
  constructor(line: HttpLine, lingerLimit: number, owner: MessagesOwner) {
    this.line = line
    this.#lingerLimit = lingerLimit
    this.#owner = owner
  }

  /** Requests that the server may have and is to answer; a stream that is only listened to is none. */
  get awaited(): number {
    let awaited = 0
    for (const { isSent, outgoing } of this.#requests.values()) if (isSent && !isStream(outgoing)) awaited++
    return awaited
  }

  /** Requests that no server has, by their ids. */
  get unsent(): ReadonlyArray<string> {
    return [...this.#requests.values()].flatMap(({ id, isSent }) => (id === undefined || isSent ? [] : [id]))
  }

  /** Whether this is one of them. */
  isUnsent(id: string): boolean {
    return this.#requests.get(id)?.isSent === false
  }

  /** What the server has not taken yet. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  send(frame: string, outgoing: Outgoing, route: Route): void {
    const message = new HttpMessage(frame, outgoing, route, this)
    if (outgoing._tag === "Request") this.#requests.set(outgoing.id, message)
    else this.#notices.add(message)
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

  /** The same, of a request that no server has yet. False: it is none, and left as it is. */
  dropUnsent(id: string): boolean {
    const isUnsent = this.isUnsent(id)
    if (isUnsent) this.drop(id)
    return isUnsent
  }

  /** Breaks everything off. */
  stop(): void {
    const all = [...this.#requests.values(), ...this.#notices]
    for (const message of all) {
      this.#remove(message)
      message.abort()
    }
    for (const post of [...this.#lingering.values()]) post.abort()
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
    post.lingers = ++this.#lingered
    this.#lingering.set(post.lingers, post)
    if (this.#lingering.size <= this.#lingerLimit) return
    const [oldest] = this.#lingering.values()
    if (oldest === undefined) return
    this.closed(oldest)
    oldest.abort()
  }

  closed(post: HttpPost): void {
    if (post.lingers !== undefined) this.#lingering.delete(post.lingers)
  }

  #remove(message: HttpMessage): void {
    const { outgoing } = message
    this.#waitingBytes -= message.waitingBytes
    if (outgoing._tag === "Request") this.#requests.delete(outgoing.id)
    else this.#notices.delete(message)
  }
}
