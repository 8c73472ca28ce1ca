import type { RequestId } from "../domain/Request.ts"
import type { SessionSettings } from "./SessionSettings.ts"

/** The way to one client, until its session ends: whatever comes later is dropped. */
export class OutLine {
  readonly #settings: Pick<SessionSettings, "send" | "unanswered">
  #closed = false

  constructor(settings: Pick<SessionSettings, "send" | "unanswered">) {
    this.#settings = settings
  }

  get closed(): boolean {
    return this.#closed
  }

  /** The reply to a request: the last frame about it. */
  reply(id: RequestId, frame: string): void {
    if (!this.#closed) this.#settings.send(frame, false, id, true)
  }

  /** The request got no reply and gets none. */
  unanswered(id: RequestId): void {
    if (!this.#closed) this.#settings.unanswered?.(id)
  }

  send(frame: string, about: RequestId | undefined): void {
    if (!this.#closed) this.#settings.send(frame, false, about, false)
  }

  /** For progress and log messages: they may be lost when the client does not read. */
  sendMinor(frame: string, about: RequestId | undefined): void {
    if (!this.#closed) this.#settings.send(frame, true, about, false)
  }

  /** For what says only that something is new (changed lists, updated resources): the last of a name is enough. */
  sendHint(name: string, frame: string, about: RequestId | undefined): void {
    if (!this.#closed) this.#settings.send(frame, name, about, false)
  }

  close(): void {
    this.#closed = true
  }
}
