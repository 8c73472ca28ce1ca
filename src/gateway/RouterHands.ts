import type * as Effect from "effect/Effect"
import type { Peer } from "../backend/Handshake.ts"
import type { Catalog } from "../domain/Catalog.ts"
import type { BackendUnit, SessionSlot } from "./BackendUnit.ts"
import type { RouterTimer } from "./RouterMessage.ts"
import type { Caller } from "./SlotKey.ts"

/** What a per-session connection is called, and whether it is for lone calls, one at a time. */
export interface SlotName {
  readonly key: string
  readonly leased: boolean
}

/** What the router needs done that it can't do on its own turn. */
export interface RouterHands {
  readonly setTimer: (key: RouterTimer, millis: number) => void
  /** A per-session connection, made but not started; `start` starts it. */
  readonly openSlot: (unit: BackendUnit, name: SlotName, caller: Caller) => SessionSlot
  /** `after`: starts when this one, which is being stopped, has ended. Calls wait in its mailbox until then. */
  readonly startSlot: (unit: BackendUnit, slot: SessionSlot, after: SessionSlot | undefined) => Effect.Effect<void>
  readonly stopSlot: (unit: BackendUnit, slot: SessionSlot) => Effect.Effect<void>
  readonly catalogLearned: (backend: string, catalog: Catalog, peer: Peer) => void
  readonly namesChanged: (names: Readonly<Record<string, string>>) => void
}
