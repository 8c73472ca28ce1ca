import type { SessionSettings } from "./SessionSettings.ts"

/** The way to one client, until its session ends: whatever comes later is dropped. */
export class OutLine {
  readonly #send: SessionSettings["send"]
  #closed = false

  constructor(send: SessionSettings["send"]) {
    this.#send = send
  }

  get closed(): boolean {
    return this.#closed
  }

  send(frame: string): void {
    if (!this.#closed) this.#send(frame, false)
  }

  /** For progress and log messages: they may be lost when the client does not read. */
  sendMinor(frame: string): void {
    if (!this.#closed) this.#send(frame, true)
  }

  /** For what says only that something is new (changed lists, updated resources): the last of a name is enough. */
  sendHint(name: string, frame: string): void {
    if (!this.#closed) this.#send(frame, name)
  }

  close(): void {
    this.#closed = true
  }
}
