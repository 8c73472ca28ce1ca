import type { HttpBounds } from "./HttpSettings.ts"
import { SessionEvents } from "./SessionEvents.ts"
import type { Kept, KeptIn } from "./SessionEvents.ts"

export type ReplayBounds = Pick<HttpBounds, "replayEvents" | "replayBytes" | "replayBytesInAll">

/**
 * Messages of all sessions that can be sent again to a client that comes back with `Last-Event-ID` (MCP 2025-11-25,
 * transports, "Resumability and Redelivery"). Bounded in bytes over all sessions: the oldest go first.
 */
export class EventStore implements KeptIn {
  readonly #bounds: ReplayBounds
  /** In the order they came; each with the session that it belongs to. */
  readonly #all = new Map<Kept, SessionEvents>()
  #bytes = 0

  constructor(bounds: ReplayBounds) {
    this.#bounds = bounds
  }

  /** Bytes kept now. */
  get bytes(): number {
    return this.#bytes
  }

  /** The place of one session's messages. */
  session(): SessionEvents {
    return new SessionEvents(this, this.#bounds)
  }

  entered(event: Kept, session: SessionEvents): void {
    this.#all.set(event, session)
    this.#bytes += event.bytes
    while (this.#bytes > this.#bounds.replayBytesInAll) {
      const oldest = this.#all.entries().next().value
      if (oldest === undefined) return
      oldest[1].lose(oldest[0])
    }
  }

  left(event: Kept): void {
    if (this.#all.delete(event)) this.#bytes -= event.bytes
  }
}
