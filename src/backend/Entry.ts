import type { AddressedCall } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Permit } from "../machine/Circuit.ts"
import { relayableCapabilities } from "../protocol/Capabilities.ts"
import type { BackendReply, Waiter } from "./Connection.ts"
import type { HeldCall } from "./HeldCalls.ts"
import type { Line } from "./Line.ts"

/** Who hears what becomes of an entry on its line. */
export interface EntryOwner {
  readonly replied: (entry: Entry, reply: BackendReply) => void
  readonly lost: (entry: Entry, reason: string) => void
}

/** One call at a backend, from its acceptance to its single end. */
export class Entry implements Waiter {
  addressed: AddressedCall
  held: HeldCall | undefined
  line: Line | undefined
  wireId: string | undefined
  /** Its bytes were written, now or on an earlier connection: no end of it may say that it was not sent. */
  written = false
  permit: Permit | undefined
  attempts = 0
  readonly #owner: EntryOwner

  constructor(owner: EntryOwner, addressed: AddressedCall) {
    this.#owner = owner
    this.addressed = addressed
  }

  /** Its client is away, to answer a question of the backend. */
  get away(): boolean {
    return this.held !== undefined && this.held.attached === undefined
  }

  /** Writes its request to the backend. */
  send(line: Line): void {
    const { call, params } = this.addressed
    const { capabilities, clientInfo, logLevel, method, progressToken } = call.request
    const relayed = line.dialect.era === "stateless" ? relayableCapabilities(capabilities) : {}
    const hop = { capabilities: relayed, clientInfo, logLevel }
    this.line = line
    this.written = true
    this.wireId = line.connection.request(line.dialect, method, params, hop, this, progressToken !== undefined)
  }

  reply(reply: BackendReply): void {
    this.#owner.replied(this, reply)
  }
  lost(reason: string): void {
    this.#owner.lost(this, reason)
  }
  progress(params: JsonObject): void {
    if (!this.away) this.addressed.call.progress(params)
  }
}
