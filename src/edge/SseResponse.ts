import type { ServerResponse } from "node:http"
import { hintsLength } from "./OutBox.ts"
import type { Minor } from "../gateway/SessionSettings.ts"
import { cutOffUnread } from "./Unread.ts"
import type { Unread } from "./Unread.ts"

/** Bytes waiting for a client that does not read its stream; beyond it the stream carries only what it must. */
export const backlogBytes = 1024 * 1024

/** Bytes waiting at which the connection is given up: two of the largest replies. What was to come may be replayed. */
export const unreadBytes = 32 * 1024 * 1024

const streamHeaders = [
  "Content-Type",
  "text/event-stream",
  "Cache-Control",
  "no-cache, no-transform",
  // nginx would hold events back ("Receiving Messages").
  "X-Accel-Buffering",
  "no"
]

/** One message as a server-sent event. Frames have no line break within. */
export const messageEvent = (frame: string): string => `data: ${frame}\n\n`

/**
 * A response that is a stream of server-sent events. A client that stops reading loses what it can do without, as on
 * stdio (`OutBox`): progress, log messages, and of hints that say the same all but the last.
 */
export class SseResponse {
  readonly #response: ServerResponse
  readonly #unread: Unread
  /** The frames of hints that came while the client was behind, by name. */
  #hints: Map<string, string> | undefined
  #hintsLength = 0
  #full = false

  constructor(response: ServerResponse, unread: Unread) {
    this.#response = response
    this.#unread = unread
    response.writeHead(200, streamHeaders)
    response.flushHeaders()
    response.on("drain", () => this.#relieve())
  }

  /** Sends an event with `frame` as its data; the event may have an id as well. */
  put(event: string, minor: Minor, frame: string): void {
    if (minor !== false && this.#full) return typeof minor === "string" ? this.#keep(minor, frame) : undefined
    if (this.#response.write(event) || this.#response.writableLength <= backlogBytes) return
    this.#full = true
    if (this.#response.writableLength > unreadBytes) cutOffUnread(this.#response)
    else this.#unread.written(this.#response)
  }

  /** Says that the stream lives, to whatever is in between; needless while something waits to be read. */
  comment(): void {
    if (!this.#full) this.#response.write(":\n\n")
  }

  end(): void {
    this.#hints = undefined
    this.#response.end()
  }

  #keep(name: string, frame: string): void {
    this.#hints ??= new Map()
    const before = this.#hints.get(name)
    const length = this.#hintsLength + frame.length - (before === undefined ? -name.length : before.length)
    if (length > hintsLength) return
    this.#hintsLength = length
    this.#hints.set(name, frame)
  }

  #relieve(): void {
    this.#full = false
    const hints = this.#hints
    this.#hints = undefined
    this.#hintsLength = 0
    if (hints === undefined) return
    // Overtaken by other events they go without an id: a client must not come back to before those.
    for (const frame of hints.values()) this.put(messageEvent(frame), false, frame)
  }
}
