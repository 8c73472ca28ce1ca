import type { Principal } from "../domain/Principal.ts"
import type { RequestId } from "../domain/Request.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import type { RouterPort } from "./RouterPort.ts"

/**
 * What may become of a frame while the client does not read: `false` it is kept, whatever it costs; `true` it may be
 * dropped (progress, log); a text: it is a hint of that name, and of those that wait only the last is kept.
 */
export type Minor = boolean | string

/**
 * Takes a frame for the client. `about`: the client's request it belongs to (its reply, its progress and log messages,
 * a question asked for it, what its stream says); `undefined`: none. `last`: it is the reply; nothing about that request
 * follows. An edge with one line for everything needs neither.
 */
export type Send = (frame: string, minor: Minor, about: RequestId | undefined, last: boolean) => void

/** What a session is made of. */
export interface SessionSettings {
  readonly id: string
  readonly principal: Principal
  /** The one backend that the client talks to, under that backend's own names; `undefined`: the merged gateway. */
  readonly scope: string | undefined
  readonly identity: Implementation
  readonly router: RouterPort
  readonly send: Send
  /** A request has ended without a reply, because its client cancelled it. */
  readonly unanswered?: (id: RequestId) => void
  readonly log: (message: string) => void
  /** Calls `timedOut` after the time a person gets to answer a question; the function returned calls it off. */
  readonly inputTimer: (timedOut: () => void) => () => void
}
