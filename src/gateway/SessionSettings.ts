import type { Principal } from "../domain/Principal.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import type { RouterPort } from "./RouterPort.ts"

/**
 * What may become of a frame while the client does not read: `false` it is kept, whatever it costs; `true` it may be
 * dropped (progress, log); a text: it is a hint of that name, and of those that wait only the last is kept.
 */
export type Minor = boolean | string

/** What a session is made of. */
export interface SessionSettings {
  readonly id: string
  readonly principal: Principal
  readonly identity: Implementation
  readonly router: RouterPort
  readonly send: (frame: string, minor: Minor) => void
  readonly log: (message: string) => void
  /** Calls `timedOut` after the time a person gets to answer a question; the function returned calls it off. */
  readonly inputTimer: (timedOut: () => void) => () => void
}
