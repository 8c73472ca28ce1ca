import type { Catalog } from "../domain/Catalog.ts"
import type { Connection } from "./Connection.ts"
import type { Peer } from "./Handshake.ts"

/** What the relisting needs from the backend's actor. */
export interface RelistingContext {
  /** Calls `due` after the time that changes are gathered. */
  readonly wake: () => void
  /** Reads the lists; `relisted` follows. */
  readonly relist: (connection: Connection, peer: Peer) => void
  readonly onCatalog: (catalog: Catalog, peer: Peer) => void
}

/**
 * Reads a backend's lists again when it tells that they changed: one reading at a time, and one for all changes that
 * come close together.
 */
export class Relisting {
  readonly #context: RelistingContext
  #connection: Connection | undefined
  #peer: Peer | undefined
  #running = false
  #waiting = false
  /** A change was told before the first lists were complete: they may be of before it. */
  #changedEarly = false
  /** The last reading came to nothing: what is known of the lists may be of before the change. */
  #failed = false

  constructor(context: RelistingContext) {
    this.#context = context
  }

  /** The handshake of a connection is done. */
  attach(connection: Connection, peer: Peer): void {
    this.#connection = connection
    this.#peer = peer
  }

  detach(): void {
    this.#connection = undefined
    this.#peer = undefined
    this.#changedEarly = false
    this.#failed = false
  }

  /** Now and then: what could not be read is read again. */
  revive(): void {
    if (this.#failed) this.changed()
  }

  /** The first lists of the connection are known. */
  firstListed(): void {
    if (this.#changedEarly) this.changed()
  }

  /** The first change starts the wait and later ones join it: a flood of changes delays nothing. */
  changed(): void {
    if (this.#peer === undefined) {
      this.#changedEarly = true
      return
    }
    if (this.#waiting) return
    this.#waiting = true
    this.#context.wake()
  }

  /** The time that `wake` was asked for has come. */
  due(): void {
    this.#waiting = false
    if (this.#connection === undefined || this.#peer === undefined) return
    if (this.#running) return this.changed()
    this.#running = true
    this.#context.relist(this.#connection, this.#peer)
  }

  /** A reading has ended; no catalog: it failed, or was of an older connection. */
  relisted(catalog: Catalog | undefined): void {
    this.#running = false
    this.#failed = catalog === undefined
    if (catalog !== undefined && this.#peer !== undefined) this.#context.onCatalog(catalog, this.#peer)
  }
}
