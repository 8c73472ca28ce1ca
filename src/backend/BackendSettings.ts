import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { StateSeal } from "../protocol/RequestState.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import type { BackendEvents } from "./BackendEvents.ts"
import type { Slot } from "./Transport.ts"

/** What a backend is made of. */
export interface BackendSettings {
  readonly spec: BackendSpec
  readonly slot: Slot
  /** The client's capabilities, for a per-session connection; empty for the shared one. */
  readonly capabilities: JsonObject
  readonly identity: Implementation
  readonly seal: StateSeal
  readonly events: BackendEvents
}
