import * as Effect from "effect/Effect"
import type { Socket } from "node:net"
import type { Gateway } from "../gateway/Gateway.ts"
import type { Session } from "../gateway/Session.ts"
import type { Minor } from "../gateway/SessionSettings.ts"
import { within } from "../kernel/Within.ts"
import { LineFramer } from "../protocol/Framing.ts"
import { closingLine, helloLine, mismatchOf, pingLine, pongLine, readHello } from "./AttachHello.ts"
import type { AttachHello } from "./AttachHello.ts"
import { flushMillis } from "./ClientLine.ts"
import { OutBox } from "./OutBox.ts"
import type { Unread } from "./Unread.ts"

/** Bytes that one byte of a client may have become when it comes from its relay: ill-formed UTF-8 is U+FFFD now. */
export const decodedGrowth = 3

/** What a client that attaches is served with. */
export interface AttachedSettings {
  readonly gateway: Pick<Gateway["Service"], "connect" | "flush">
  readonly sessionId: string
  readonly hello: AttachHello
  /** The largest frame that the client may send to its relay, which refuses what is larger. */
  readonly frameBytes: number
  /** What all of them have not read. */
  readonly unread: Unread
  readonly log: (message: string) => void
  readonly onEnd: (client: AttachedClient) => void
}

/** A client of another process, on a socket: greets, and is then a session like any other. */
export class AttachedClient {
  readonly #socket: Socket
  readonly #settings: AttachedSettings
  readonly #framer: LineFramer
  readonly #out: OutBox
  #session: Session | undefined
  #full = false
  #ended = false
  /** It knows that the gateway is about to end, and sends no more requests. */
  #warned = false

  constructor(socket: Socket, settings: AttachedSettings) {
    this.#socket = socket
    this.#settings = settings
    this.#framer = new LineFramer(settings.frameBytes * decodedGrowth)
    this.#out = new OutBox(socket, (full) => this.#behind(full))
    this.#out.put(helloLine(settings.hello), false)
    socket.on("data", this.#read)
    socket.once("close", () => this.#close())
  }

  /** It has not greeted yet. */
  get isStrange(): boolean {
    return this.#session === undefined
  }

  /** Nothing of it runs, and nothing can be on its way. */
  get isDone(): boolean {
    return this.#warned && this.#session?.running === 0
  }

  /** Tells it that the gateway is about to end. */
  warn(): void {
    this.#out.put(closingLine, false)
  }

  /** Ends it; what it has been told reaches it, if it reads. */
  readonly end: Effect.Effect<void> = Effect.suspend(() => {
    this.#close()
    return within("the last frames of an attached client", this.#out.flushed, flushMillis)
  }).pipe(Effect.andThen(Effect.sync(() => void this.#socket.destroy())))

  /** Ends it at once. */
  drop(): void {
    this.#socket.destroy()
  }

  readonly #read = (chunk: Buffer): void => {
    const { frameBytes, gateway } = this.#settings
    this.#framer.push(chunk, this.#line, () => this.#session?.oversize(frameBytes))
    gateway.flush()
  }

  readonly #line = (line: string): void => {
    if (this.#ended || this.#socket.destroyed) return
    if (this.#session === undefined) return this.#greeted(line)
    if (line === closingLine) this.#warned = true
    else if (line === pingLine) this.#out.put(pongLine, false)
    else this.#session.receive(line)
  }

  /** It reads more slowly than it is written to, or no longer. */
  #behind(full: boolean): void {
    this.#full = full
    if (full) this.#socket.pause()
    else this.#socket.resume()
  }

  #send(frame: string, minor: Minor): void {
    this.#out.put(frame, minor)
    if (this.#full) this.#settings.unread.written(this.#socket)
  }

  #greeted(line: string): void {
    const { gateway, hello, log, sessionId } = this.#settings
    const other = readHello(line)
    const reason = other === undefined ? "it does not greet as one" : mismatchOf(hello, other)
    if (reason !== undefined) {
      log(`a client at the socket is not served: ${reason}`)
      return this.drop()
    }
    this.#session = gateway.connect({ sessionId, send: (frame, minor) => this.#send(frame, minor) })
  }

  #close(): void {
    if (this.#ended) return
    this.#ended = true
    this.#session?.close()
    this.#settings.gateway.flush()
    this.#settings.onEnd(this)
  }
}
