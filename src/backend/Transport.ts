import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Era } from "../domain/Era.ts"
import type { JsonObject } from "../domain/Json.ts"

/** How a transport ended. */
export interface TransportExit {
  /** In words: "exited with code 1", "killed by SIGKILL", "closed its standard output". */
  readonly reason: string
  /** Nothing broke, the other side only forgot its session: the next line can be opened at once, and is no restart. */
  readonly renewable?: boolean
  /** Requests that surely have not reached it, by their ids: they may go out on the next line. */
  readonly unsent?: ReadonlyArray<string>
}

/** How one request failed while the line goes on. */
export interface RequestFailure {
  readonly reason: string
  /** Whether the other side may have got it. False: it surely has not worked on it. */
  readonly sent: boolean
  /** The other side wants (other) credentials. */
  readonly authentication?: boolean
}

/** What a frame is, for a transport that sends each in its own way: over HTTP every request is a POST. */
export type Outgoing =
  | {
      readonly _tag: "Request"
      /** The id in the frame. */
      readonly id: string
      readonly method: string
      /** As they are in the frame. */
      readonly params: JsonObject
      /** `undefined`: of the handshake, when the era is not known yet. */
      readonly era: Era | undefined
    }
  | { readonly _tag: "Notification"; readonly method: string; readonly params: JsonObject | undefined }
  /** Answers the other side's request. */
  | { readonly _tag: "Reply" }

/** What a transport tells its owner; called on the reader's turn, never after `onExit`. */
export interface TransportEvents {
  /** Whole frames, in order: all that one read brought. `about`: they came with the answer to this request, by its id. */
  readonly onFrames: (frames: ReadonlyArray<string>, about?: string) => void
  /** A frame went over `bounds.frameBytes` and was discarded. */
  readonly onOversize: (bytes: number) => void
  /** The request of this id gets no reply, and others may: over HTTP each fails by itself. */
  readonly onFailed: (id: string, failure: RequestFailure) => void
  /** The other side is gone: no frame can come any more. Called once. */
  readonly onExit: (exit: TransportExit) => void
}

/** One open line to a backend: a child process, or an HTTP session. It lives in the scope that opened it. */
export interface Transport {
  readonly pid: number | undefined
  /** Takes a frame (no newline). The frames of one turn of the event loop leave in one write. */
  readonly write: (frame: string, outgoing: Outgoing) => void
  /** Whether a request surely has not reached the other side so far. Without it: none that was written. */
  readonly isUnsent?: (id: string) => boolean
  /** Nobody waits for the reply to this request any more: whatever the transport holds for it can go. */
  readonly drop?: (id: string) => void
  /** Bytes taken by `write` that the operating system has not taken yet. */
  readonly backlogBytes: () => number
  /** Ends the other side at once, without the courtesy of the scope's own stop: it hangs, or can't be trusted. */
  readonly kill: () => void
  /** The last lines the backend wrote to stderr, oldest first, bounded. */
  readonly stderr: () => ReadonlyArray<string>
}

/** A backend could not be reached at all. `reason` says what was tried and what to do. */
export class ConnectError extends Schema.TaggedError<ConnectError>()("ConnectError", {
  backend: Schema.String,
  reason: Schema.String,
  /** Its credentials were refused, so trying again soon is no use. */
  authentication: Schema.optionalKey(Schema.Boolean)
}) {
  override get message(): string {
    return `backend "${this.backend}": ${this.reason}`
  }
}

/** Distinguishes several connections of one backend (`isolation = "session"`) in status, files and markers. */
export interface Slot {
  readonly backend: string
  /** `undefined` for the shared connection. */
  readonly session: string | undefined
}

/**
 * Opens transports. Closing the scope stops the other side for good: when it has closed, no process of it is alive.
 * The live one spawns processes; tests and the simulator bring their own.
 */
export class Connector extends Context.Service<
  Connector,
  {
    readonly connect: (
      spec: BackendSpec,
      slot: Slot,
      events: TransportEvents
    ) => Effect.Effect<Transport, ConnectError, Scope.Scope>
    /** Ends when a backend whose credentials were refused may have others; without it, the slow retry finds them. */
    readonly credentialsRenewed?: (spec: BackendSpec) => Effect.Effect<void>
  }
>()("sentinel/backend/Connector") {}
