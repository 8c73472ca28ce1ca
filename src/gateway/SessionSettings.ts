import type { Principal } from "../domain/Principal.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import type { RouterPort } from "./RouterPort.ts"

/** What a session is made of. */
export interface SessionSettings {
  readonly id: string
  readonly principal: Principal
  readonly identity: Implementation
  readonly router: RouterPort
  /** Sends a frame; `minor` ones (progress, log) may be dropped when the client does not read. */
  readonly send: (frame: string, minor: boolean) => void
  readonly log: (message: string) => void
  /** Calls `timedOut` after the time a person gets to answer a question; the function returned calls it off. */
  readonly inputTimer: (timedOut: () => void) => () => void
}
