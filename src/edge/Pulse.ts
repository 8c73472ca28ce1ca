import type { Socket } from "node:net"

/** Whether the other side of a line shows that it lives: whatever comes from it does. */
export class Pulse {
  readonly #socket: Pick<Socket, "bytesRead" | "isPaused">
  #heard = 0
  #silent = 0

  constructor(socket: Pick<Socket, "bytesRead" | "isPaused">) {
    this.#socket = socket
  }

  /** Looks, and answers how many looks in a row nothing has come. As long as nobody reads, nothing can. */
  look(): number {
    const { bytesRead } = this.#socket
    const silent = bytesRead === this.#heard && !this.#socket.isPaused()
    this.#heard = bytesRead
    this.#silent = silent ? this.#silent + 1 : 0
    return this.#silent
  }

  /** It showed it in another way. */
  reset(): void {
    this.#silent = 0
  }
}
