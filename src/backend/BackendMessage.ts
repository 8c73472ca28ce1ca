import type { AddressedCall, Call } from "../domain/Call.ts"
import type { Catalog } from "../domain/Catalog.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { LogLevel } from "../domain/Request.ts"
import type { Connection } from "./Connection.ts"
import type { Peer } from "./Handshake.ts"
import type { RequestFailure } from "./Transport.ts"

/** What the one timer of a backend wakes it for; a number: the deadline of that call. */
export type TimerKey = number | "lifecycle" | "probe" | "refresh"

/** All that can happen to a backend. Only `Call` may be refused for want of room; the rest has a lane of its own. */
export type BackendMessage =
  | { readonly _tag: "Call"; readonly addressed: AddressedCall }
  | { readonly _tag: "Cancel"; readonly call: Call }
  /** Frames of one read, in order; `about`: the request with whose answer they came, where that can be told. */
  | {
      readonly _tag: "Inbound"
      readonly epoch: number
      readonly frames: ReadonlyArray<string>
      readonly about?: string | undefined
    }
  | { readonly _tag: "Oversize"; readonly epoch: number; readonly bytes: number }
  /** A transport is open; the handshake begins. */
  | { readonly _tag: "Connected"; readonly epoch: number; readonly connection: Connection }
  | {
      readonly _tag: "Started"
      readonly epoch: number
      readonly connection: Connection
      readonly peer: Peer
      readonly catalog: Catalog
    }
  | { readonly _tag: "StartFailed"; readonly epoch: number; readonly reason: string; readonly authentication: boolean }
  /** The other side is gone, its remains perhaps not yet. */
  | {
      readonly _tag: "Lost"
      readonly epoch: number
      readonly reason: string
      readonly renewable: boolean
      /** Requests that surely have not reached it. */
      readonly unsent: ReadonlyArray<string>
    }
  /** One request gets no reply, and the connection stands. */
  | { readonly _tag: "Failed"; readonly epoch: number; readonly id: string; readonly failure: RequestFailure }
  /** Nothing of the connection is left. */
  | { readonly _tag: "Exited"; readonly epoch: number; readonly reason: string }
  | { readonly _tag: "Relisted"; readonly epoch: number; readonly catalog: Catalog | undefined }
  | { readonly _tag: "Due"; readonly keys: ReadonlyArray<TimerKey> }
  | { readonly _tag: "Watch"; readonly uri: string; readonly on: boolean }
  | { readonly _tag: "LogLevel"; readonly level: LogLevel }
  /** A notification of the client for the backend (`notifications/roots/list_changed`). */
  | { readonly _tag: "Tell"; readonly method: string; readonly params: JsonObject }
  /** What it waits for may be there now: it tries at once. */
  | { readonly _tag: "Wake" }
  | { readonly _tag: "Drain" }
