import type * as Effect from "effect/Effect"
import type { TimerKey } from "./BackendMessage.ts"
import type { Connection } from "./Connection.ts"
import type { Peer } from "./Handshake.ts"

/** The hands of a backend's actor: what it can't do on its own turn. */
export interface BackendHands {
  readonly now: () => number
  readonly random: () => number
  readonly setTimer: (key: TimerKey, millis: number) => void
  readonly clearTimer: (key: TimerKey) => void
  /** Opens connection `epoch`; everything about it comes back as messages. */
  readonly connect: (epoch: number, probe: boolean) => Effect.Effect<void>
  /** Ends connection `epoch` for good; `Exited` follows. */
  readonly disconnect: (epoch: number) => void
  /** Its credentials were refused: sends `Wake` when there are others. */
  readonly awaitCredentials: () => Effect.Effect<void>
  readonly relist: (connection: Connection, peer: Peer) => Effect.Effect<void>
}
