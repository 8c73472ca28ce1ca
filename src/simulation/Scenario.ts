import { gatewayBounds } from "../domain/BackendSpec.ts"
import type { BackendSpec, GatewayBounds } from "../domain/BackendSpec.ts"
import type { Era } from "../domain/Era.ts"
import type { SiteFault } from "./SiteFault.ts"
import type { SiteStyle } from "./SiteKinds.ts"

/**
 * One simulated run as plain data: who is there, and what happens when. Everything else follows from it, so it can be
 * kept, printed, made smaller and run again. Leaving an act out changes no other act.
 */
export interface Scenario {
  /** Chance within the run (jitter, latencies) comes from here. */
  readonly seed: number
  readonly backends: ReadonlyArray<BackendPlan>
  readonly clients: ReadonlyArray<ClientPlan>
  /** In the order of their times. */
  readonly acts: ReadonlyArray<Act>
  /** How long acts may come; then all faults stop, and what is broken has to heal. Milliseconds. */
  readonly millis: number
  /** Calls that may run at once in the whole gateway; default `gatewayBounds`. */
  readonly maxCalls?: number
}

/** One simulated server with the configuration that the gateway has of it. */
export interface BackendPlan {
  readonly spec: BackendSpec
  readonly era: Era
  /** Names of its tools: `readOnly` ones count as idempotent for the operator if `spec.idempotentTools` says so. */
  readonly tools: ReadonlyArray<string>
  /** It has prompts and resources as well. */
  readonly hasAll?: boolean
  /** It says what it is working on, for the log. */
  readonly logs?: boolean
  /** How long it works on a call, in the middle; each call has its own time around it. */
  readonly latencyMillis: number
  /** How it answers, if it is reached over HTTP; default: `usualStyle`. */
  readonly style?: SiteStyle
  /** Nothing ever goes wrong at it, and it has room for all its calls: what happens to it, others have done. */
  readonly isCalm?: boolean
}

/** `session`: one line for everything, in one of the eras. `lone`: each request by itself, as over stateless HTTP. */
export interface ClientPlan {
  readonly name: string
  readonly kind: "stateful" | "stateless" | "lone"
  /** Who it is, if it is lone; default: the local user. */
  readonly principal?: string
  /** It can be asked things, and does this then; default: it can't be asked. */
  readonly asked?: Answering
  /** Wants to hear of the progress of its calls, and what their servers log. */
  readonly isCurious?: boolean
  /** Sends what it asks at once as a batch, in the revision that has them; only a stateful one. */
  readonly batches?: boolean
}

/** `late`: perhaps when nobody waits for the answer any more. `declines`: says that it will not answer. */
export type Answering = "answers" | "late" | "never" | "declines"

/** The tool whose server asks the client something before it answers. */
export const askingTool = "ask"

export type Act = { readonly at: number } & (ClientAct | BackendAct | WorldAct)

export type ClientAct =
  /** Calls a tool so many times at once, or reads a resource, or gets a prompt. */
  | {
      readonly _tag: "Call"
      readonly client: number
      readonly backend: number
      readonly tool: number
      readonly count: number
      readonly kind?: CallKind
    }
  /** Cancels one of its calls. */
  | { readonly _tag: "Cancel"; readonly client: number; readonly pick: number }
  | { readonly _tag: "List"; readonly client: number }
  /** Wants to hear of the updates of a resource of that backend, or not any more. */
  | { readonly _tag: "Watch"; readonly client: number; readonly backend: number; readonly isOn: boolean }
  /** Ends its session with all that runs in it, and comes back with another one. */
  | { readonly _tag: "Leave"; readonly client: number }

/** What is asked of a backend; default: to call a tool. */
export type CallKind = "tool" | "read" | "prompt"

export type BackendAct =
  | { readonly _tag: "Fault"; readonly backend: number; readonly fault: Fault }
  /** On the way to a server that is reached over HTTP; nothing happens to another one. */
  | { readonly _tag: "SiteFault"; readonly backend: number; readonly fault: SiteFault }

export type WorldAct =
  /** Somebody sets the clock of the machine. */
  | { readonly _tag: "WallClock"; readonly millis: number }
  /** The machine sleeps: nothing runs, and all timers are late. */
  | { readonly _tag: "Suspend"; readonly millis: number }
  /** The gateway ends in order and starts again with what it has written down. */
  | { readonly _tag: "Restart" }
  /** Nothing can be written to its disk, or again. */
  | { readonly _tag: "Disk"; readonly isFull: boolean }

/** What goes wrong at a server. What is said of "the next" reply or start is used up by it. */
export type Fault =
  /** Its process is gone, now. */
  | { readonly _tag: "Crash" }
  /** It is gone while it writes its next reply, after this share of its bytes. */
  | { readonly _tag: "CrashInReply"; readonly share: number }
  /** It is gone as soon as it has read its next call. */
  | { readonly _tag: "CrashOnCall" }
  /** It is gone while it writes that one of its own replies, counted from its next start on, after this share of it. */
  | { readonly _tag: "CrashInStart"; readonly reply: number; readonly share: number }
  /** It is stopped (SIGSTOP) and goes on later. */
  | { readonly _tag: "Stop"; readonly millis: number }
  /** It closes its standard output and lives on, for so long if it is said. */
  | { readonly _tag: "CloseOutput"; readonly millis?: number }
  /** It never answers the next calls. */
  | { readonly _tag: "Mute"; readonly calls: number }
  | { readonly _tag: "Late"; readonly millis: number }
  | { readonly _tag: "Twice" }
  /** The next reply waits until another one has gone. */
  | { readonly _tag: "Reorder" }
  /** The next reply comes in pieces, over this time; it is gone after this share of them, if one is said. */
  | { readonly _tag: "Pieces"; readonly millis: number; readonly share?: number }
  | { readonly _tag: "Oversize" }
  /** The next reply is as large as this share of what a frame may be. */
  | { readonly _tag: "Large"; readonly share: number }
  /** Lines that are no JSON, before anything else. */
  | { readonly _tag: "Garbage"; readonly lines: number }
  /** Half a JSON object as a line. */
  | { readonly _tag: "HalfJson" }
  /** A reply to a request that nobody made, or made on an earlier connection. */
  | { readonly _tag: "Stray"; readonly back: number }
  | { readonly _tag: "Flood"; readonly frames: number }
  /** It asks the gateway for something, out of nothing. */
  | { readonly _tag: "Requests"; readonly method: string; readonly count: number }
  | { readonly _tag: "Error"; readonly code: number; readonly calls: number }
  | { readonly _tag: "Starts"; readonly how: BadStart; readonly times: number }
  /** From its next start on it speaks the other revision. */
  | { readonly _tag: "OtherEra" }
  /** It offers other tools from now on and says so. */
  | { readonly _tag: "Tools"; readonly count: number }
  /** Its resource has changed, and it says so to who watches it. */
  | { readonly _tag: "Update" }
  /** Its next process takes so long to be gone once it is told to. */
  | { readonly _tag: "SlowStop"; readonly millis: number }

/**
 * `refused`: it can't be started. `unauthorized`: its credentials are refused. `silent`: nobody answers. `exits`: it is
 * gone in the middle of the handshake. `slow`: it takes most of the time that it has. `foreign`: it speaks a revision
 * that nobody else does. `unlisted`: its lists fail.
 */
export type BadStart = "refused" | "unauthorized" | "silent" | "exits" | "slow" | "foreign" | "unlisted"

/** Names of the backends that are reached so. */
export const launchedBy = ({ backends }: Scenario, type: "stdio" | "http"): ReadonlySet<string> =>
  new Set(backends.flatMap(({ spec }) => (spec.launch.type === type ? [spec.name] : [])))

/** The bounds of the gateway as a whole. */
export const boundsOf = ({ maxCalls = gatewayBounds.calls }: Scenario): GatewayBounds => ({
  ...gatewayBounds,
  calls: maxCalls
})
