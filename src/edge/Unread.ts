import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { Cells } from "../machine/Cells.ts"

/**
 * Bytes waiting for all HTTP clients that do not read, together, and as many for all attached ones; beyond it those that
 * have waited longest are cut off.
 */
export const unreadBytesInAll = 96 * 1024 * 1024

/** A response with so many bytes waiting is on its way; with more its client takes its time. */
export const onTheWayBytes = 64 * 1024

/** What is written to a client: a response, or the line of one that is attached. */
type Output = ServerResponse | Socket

/**
 * Gives up a response with its connection: one that waits behind another response there has no hold on it, and destroyed
 * alone it would go on to keep what was written.
 */
export const cutOffUnread = (output: Output): void => void ("req" in output ? output.req.socket : output).destroy()

/** The outputs that are written and not read: each client is slow at its own cost, and all together within a bound. */
export class Unread {
  /** In the order in which they were first found waiting. */
  readonly #waiting = new Cells<number, Output>()
  readonly #known = new WeakSet<Output>()
  #found = 0

  /** Something was written: makes room if too much waits now. */
  written(output: Output): void {
    if (output.writableLength <= onTheWayBytes) return
    if (!this.#known.has(output)) this.#add(output)
    let total = 0
    for (const each of this.#waiting.values()) total += each.writableLength
    for (const each of this.#waiting.values()) {
      if (total <= unreadBytesInAll) return
      const bytes = each.writableLength
      if (bytes <= onTheWayBytes) continue
      total -= bytes
      cutOffUnread(each)
    }
  }

  #add(output: Output): void {
    const number = ++this.#found
    this.#known.add(output)
    this.#waiting.set(number, output)
    output.once("close", () => this.#waiting.delete(number))
  }
}
