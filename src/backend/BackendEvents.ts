import type { LooseQuestion } from "../domain/Call.ts"
import type { Catalog } from "../domain/Catalog.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Life } from "../machine/Life.ts"
import type { Peer } from "./Handshake.ts"

/** What a backend tells the rest of the gateway. Called on the actor's turn. */
export interface BackendEvents {
  readonly onCatalog: (catalog: Catalog, peer: Peer) => void
  readonly onLife: (from: Life, to: Life) => void
  readonly onResourceUpdated: (params: JsonObject) => void
  /** A question or a notification that no running call can carry; it concerns the client of a per-session connection. */
  readonly onQuestion: (question: LooseQuestion) => void
  readonly onNotice: (method: string, params: JsonObject) => void
}
