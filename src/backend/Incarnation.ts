import type { JsonObject } from "../domain/Json.ts"
import type { Connection } from "./Connection.ts"
import type { Peer } from "./Handshake.ts"

/** The present connection of a backend, and what the last one leaves behind for the next. */
export class Incarnation {
  #connection: Connection | undefined
  #peer: Peer | undefined
  /** Whether this connection asks for the era first, and whether the next one will. */
  #probed = true
  #probeNext = true
  #lastStderr: ReadonlyArray<string> = []
  #lossReason: string | undefined
  #renewable = false
  readonly #remembersEra: boolean

  /** `remembersEra`: the other side is always the same server, so its era need not be asked for each time. */
  constructor(remembersEra: boolean) {
    this.#remembersEra = remembersEra
  }

  get connection(): Connection | undefined {
    return this.#connection
  }
  get peer(): Peer | undefined {
    return this.#peer
  }

  /** How the other side of this connection went by itself, which says more than that it is gone. */
  get lossReason(): string | undefined {
    return this.#lossReason
  }

  /** Nothing broke: the other side only forgot the session. */
  get renewable(): boolean {
    return this.#renewable
  }

  /** The last words of the process on stderr, of the one before when there is none now. */
  lastStderr(): ReadonlyArray<string> {
    return this.#connection?.stderr() ?? this.#lastStderr
  }

  /** A connection is about to be opened. Returns whether it asks for the era first. */
  open(): boolean {
    this.#probed = this.#probeNext
    this.#probeNext = true
    this.#lossReason = undefined
    this.#renewable = false
    return this.#probed
  }

  /** Its transport is open; the handshake begins. */
  connected(connection: Connection): void {
    this.#connection = connection
  }

  /** Its handshake is done. */
  started(peer: Peer): void {
    this.#probeNext = this.#remembersEra ? peer.dialect.era === "stateless" : this.#probed
    this.#peer = peer
  }

  /** Passes a notification of the client on; the stateless era has none. */
  tell(method: string, params: JsonObject): void {
    if (this.#peer?.dialect.era === "stateful") this.#connection?.notify(method, params)
  }

  /** The other side is gone by itself. */
  lost(reason: string, renewable: boolean): void {
    // Some processes die of a message before `initialize`: the next one is spared the probe. One that has answered
    // anything did not die of that, and a server at an address dies of none: without the probe a stateless one would
    // refuse the next handshake.
    const said = this.#connection?.repliesSeen ?? 0
    if (this.#peer === undefined && this.#probed && said === 0 && !this.#remembersEra) this.#probeNext = false
    this.#lossReason = reason
    this.#renewable = renewable
  }

  /** Lets go of connection `epoch` and returns it; `undefined`: it is not the present one. */
  detach(epoch: number): Connection | undefined {
    const connection = this.#connection
    if (connection?.epoch !== epoch) return undefined
    this.#lastStderr = connection.stderr()
    this.#connection = undefined
    this.#peer = undefined
    return connection
  }
}
