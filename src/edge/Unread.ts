import type { ServerResponse } from "node:http"

/** Bytes waiting for all clients that do not read, together; beyond it those that have waited longest are cut off. */
export const unreadBytesInAll = 96 * 1024 * 1024

/** A response with so many bytes waiting is on its way; with more its client takes its time. */
export const onTheWayBytes = 64 * 1024

/** The responses that are written and not read: each client is slow at its own cost, and all together within a bound. */
export class Unread {
  /** In the order in which they were first found waiting. */
  readonly #waiting = new Set<ServerResponse>()

  /** Something was written: makes room if too much waits now. */
  written(response: ServerResponse): void {
    if (response.writableLength <= onTheWayBytes) return
    if (!this.#waiting.has(response)) {
      this.#waiting.add(response)
      response.once("close", () => this.#waiting.delete(response))
    }
    let total = 0
    for (const each of this.#waiting) total += each.writableLength
    for (const each of this.#waiting) {
      if (total <= unreadBytesInAll) return
      const bytes = each.writableLength
      if (bytes <= onTheWayBytes) continue
      total -= bytes
      each.destroy()
    }
  }
}
