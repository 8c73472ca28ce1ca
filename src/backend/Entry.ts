import type { AddressedCall } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Permit } from "../machine/Circuit.ts"
import type { Owner } from "../machine/FairQueue.ts"
import { relayableCapabilities } from "../protocol/Capabilities.ts"
import type { BackendReply, Waiter } from "./Connection.ts"
import type { HeldCall } from "./HeldCalls.ts"
import type { Line } from "./Line.ts"
import type { RequestFailure } from "./Transport.ts"

/** Who hears what becomes of an entry on its line. */
export interface EntryOwner {
  readonly replied: (entry: Entry, reply: BackendReply) => void
  /** `alone`: it has an end of its own, whatever becomes of the line. */
  readonly lost: (entry: Entry, reason: string, alone: RequestFailure | undefined) => void
}

/** One call at a backend, from its acceptance to its single end. */
export class Entry implements Waiter {
  /** Its number among the calls of its backend. */
  readonly serial: number
  addressed: AddressedCall
  held: HeldCall | undefined
  line: Line | undefined
  wireId: string | undefined
  /** Its bytes were written, now or on an earlier connection: no end of it may say that it was not sent. */
  written = false
  permit: Permit | undefined
  attempts = 0
  /** How often it surely did not reach the backend, though it was put on the line. */
  notSent = 0
  readonly #owner: EntryOwner
  /** Whether an earlier line had taken its bytes. */
  #writtenBefore = false

  constructor(owner: EntryOwner, serial: number, addressed: AddressedCall) {
    this.#owner = owner
    this.serial = serial
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
    this.#writtenBefore = this.written
    this.written = true
    this.wireId = line.connection.request(line.dialect, method, params, hop, this, progressToken !== undefined)
  }

  reply(reply: BackendReply): void {
    this.#owner.replied(this, reply)
  }

  /** Its bytes surely have not reached the backend by this line: what is known of it is what was known before. */
  unsend(): void {
    this.written = this.#writtenBefore
  }

  lost(reason: string, alone?: RequestFailure): void {
    if (alone?.sent === false) {
      this.unsend()
      this.notSent++
    }
    this.#owner.lost(this, reason, alone)
  }
  progress(params: JsonObject): void {
    if (!this.away) this.addressed.call.progress(params)
  }
}

/** Whose call it is, where callers take turns. */
export const ownerOf = ({ call: { request } }: AddressedCall): Owner => ({
  principal: request.principal.id,
  session: request.sessionId
})
