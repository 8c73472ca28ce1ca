import type { RestartState } from "./RestartPolicy.ts"

/**
 * Where a backend is in its life (design, "Backend", states). Times are milliseconds.
 *
 * `attempt` counts restarts within a streak from 1; 0 is a start that is none: the first one, one by hand, a slow retry.
 */
export type Life =
  | { readonly _tag: "Idle" }
  | Starting
  | { readonly _tag: "Ready"; readonly epoch: number; readonly since: number }
  | { readonly _tag: "Draining"; readonly epoch: number }
  | Waiting
  | { readonly _tag: "Stopped" }

export interface Starting {
  readonly _tag: "Starting"
  readonly epoch: number
  readonly attempt: number
  /** Set when this is the one slow try out of that state; if it fails, it goes back there. */
  readonly retryOf: "Parked" | "Quarantined" | undefined
}

/** Not running, and waiting for a time (`until`) or a person. */
export type Waiting =
  | { readonly _tag: "Backoff"; readonly attempt: number; readonly until: number; readonly reason: string }
  /** Trying again soon is no use (credentials refused) or not wanted (`onExit` false: no `until`). */
  | { readonly _tag: "Parked"; readonly until: number | undefined; readonly reason: string }
  | { readonly _tag: "Quarantined"; readonly until: number; readonly reason: string }

export interface LifecycleState {
  readonly life: Life
  readonly restart: RestartState
  /** Of the latest connection; 0 before the first. Grows with every `Connect`, never repeats. */
  readonly epoch: number
  /**
   * The connection of `epoch`. `ending`: told to disconnect and not gone yet; until `Exited` says it is gone, no other
   * is opened (INV-12).
   */
  readonly connection: "none" | "up" | "ending"
}

/** What a connection reports of itself; of an older epoch than the current it changes nothing (INV-17). */
export type ConnectionEvent =
  /** Handshake done and tools listed. */
  | { readonly _tag: "Started"; readonly epoch: number }
  /** `authentication`: the credentials were refused, so trying again soon is no use. */
  | { readonly _tag: "StartFailed"; readonly epoch: number; readonly reason: string; readonly authentication: boolean }
  /** Nothing of this connection is left: no process, no socket. Always the last event of its epoch. */
  | {
      readonly _tag: "Exited"
      readonly epoch: number
      readonly reason: string
      /** Nothing broke: it only has to be opened anew. */
      readonly renewable?: boolean
    }
  /** Alive but not answering. */
  | { readonly _tag: "Unhealthy"; readonly epoch: number; readonly reason: string }
  /** It broke the protocol, so nothing it says can be trusted. */
  | { readonly _tag: "Violated"; readonly epoch: number; readonly reason: string }
  /** Its last call has ended. */
  | { readonly _tag: "Drained"; readonly epoch: number }

export type LifecycleEvent =
  | ConnectionEvent
  | { readonly _tag: "Start" }
  /** The time of the last `WakeAt` has come. */
  | { readonly _tag: "Due" }
  /** By hand, or because its configuration changed: try at once, with a fresh restart history. */
  | { readonly _tag: "Wake" }
  /** Take no more calls; end when the running ones have. */
  | { readonly _tag: "Drain" }
  /** Final. */
  | { readonly _tag: "Stop" }

export type LifecycleCommand =
  /** Open connection `epoch`. Its end must be reported by one `Exited`, also when it never came up. */
  | { readonly _tag: "Connect"; readonly epoch: number; readonly attempt: number }
  /** End connection `epoch` and everything of it. Answered by `Exited`, also when nothing was left to end. */
  | { readonly _tag: "Disconnect"; readonly epoch: number; readonly reason: string }
  /** Send `Due` at this time; takes the place of an earlier `WakeAt`. */
  | { readonly _tag: "WakeAt"; readonly at: number }
  /** The life changed: for the log, the status and the metrics. */
  | { readonly _tag: "Announce"; readonly from: Life; readonly to: Life }
