import { connect } from "node:net"
import type { Socket } from "node:net"

/** A connection on which a test writes what it wants, byte for byte. */
export class RawConnection {
  readonly socket: Socket
  /** Everything that came. */
  text = ""
  /** Settles once the other side has closed it. */
  readonly closed: Promise<void>
  #wake: () => void = () => undefined

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.socket = connect({ host: hostname, port: Number(port) })
    this.socket.setEncoding("latin1").on("data", (part: string) => {
      this.text += part
      this.#wake()
    })
    this.socket.on("error", () => undefined)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.closed = promise
    this.socket.once("close", () => {
      resolve()
      this.#wake()
    })
  }

  /** Sends a request with these header lines, and no body but `body`. */
  send(requestLine: string, headers: ReadonlyArray<string>, body = ""): this {
    this.socket.write([`${requestLine} HTTP/1.1`, ...headers, "", body].join("\r\n"))
    return this
  }

  async until(what: RegExp): Promise<this> {
    while (!what.test(this.text)) {
      if (this.socket.destroyed) throw new Error(`the connection ended; it gave: ${this.text}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return this
  }

  /** The status of the first response. */
  async status(): Promise<number> {
    await this.until(/^HTTP\/1\.1 \d{3} /)
    return Number(this.text.slice(9, 12))
  }

  leave(): void {
    this.socket.destroy()
  }
}
