import type { Peer } from "../backend/Handshake.ts"
import type { Call, LooseQuestion } from "../domain/Call.ts"
import type { Catalog } from "../domain/Catalog.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Life } from "../machine/Life.ts"
import type { Request } from "../domain/Request.ts"
import type { BackendUnit, SessionSlot } from "./BackendUnit.ts"
import type { SessionPort } from "./SessionPort.ts"

/** What the router's timer wakes it for: a pause after changes, the end of patience with a first list, an idle slot. */
export type RouterTimer = "announce" | "patience" | { readonly unit: string; readonly slot: string }

/** All that can happen to the router. Only `Dispatch` may be refused for want of room. */
export type RouterMessage =
  | { readonly _tag: "Dispatch"; readonly call: Call }
  | {
      readonly _tag: "Catalog"
      readonly backend: string
      readonly slot: string | undefined
      readonly catalog: Catalog
      readonly peer: Peer
    }
  | {
      readonly _tag: "Life"
      readonly backend: string
      readonly slot: string | undefined
      readonly from: Life
      readonly to: Life
    }
  | {
      readonly _tag: "ResourceUpdated"
      readonly backend: string
      readonly slot: string | undefined
      readonly params: JsonObject
    }
  /** What a per-session connection wants from its client outside any call. */
  | {
      readonly _tag: "Question"
      readonly backend: string
      readonly slot: string | undefined
      readonly question: LooseQuestion
    }
  | {
      readonly _tag: "Notice"
      readonly backend: string
      readonly slot: string | undefined
      readonly method: string
      readonly params: JsonObject
    }
  /** A per-session connection that was stopped has no process any more. */
  | { readonly _tag: "SlotEnded"; readonly unit: BackendUnit; readonly slot: SessionSlot }
  /** One was never started: its calls have been refused. */
  | { readonly _tag: "SlotRefused"; readonly unit: BackendUnit; readonly slot: SessionSlot }
  | { readonly _tag: "SessionOpened"; readonly session: SessionPort }
  /** The client said who it is and what it can do: its per-session backends can start. */
  | { readonly _tag: "SessionDescribed"; readonly session: SessionPort }
  | { readonly _tag: "SessionClosed"; readonly session: SessionPort }
  /** A stream of a client watches resources, asked for by `request`; without one, no stream does any more. */
  | {
      readonly _tag: "Watch"
      readonly session: SessionPort
      readonly uris: ReadonlyArray<string>
      readonly request: Request | undefined
    }
  /** A notification of a client for its backends. */
  | { readonly _tag: "Tell"; readonly session: SessionPort; readonly method: string; readonly params: JsonObject }
  | { readonly _tag: "Due"; readonly keys: ReadonlyArray<RouterTimer> }
