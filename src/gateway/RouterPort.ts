import type { Call } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Request } from "../domain/Request.ts"
import type { Load } from "./Load.ts"
import type { SessionPort } from "./SessionPort.ts"

/** What the gateway says it can do, and the backends' instructions for the model; empty: there are none. */
export interface Introduction {
  readonly capabilities: JsonObject
  readonly instructions: string
}

/** The router as the edges see it. What is put in waits for `flush`, so that one read of a client wakes it once. */
export interface RouterPort {
  /** Counted by the edges' side. */
  readonly load: Load
  /** False: the router takes no more; nothing was begun. */
  readonly dispatch: (call: Call) => boolean
  readonly flush: () => void
  readonly opened: (session: SessionPort) => void
  /** The client has said what it can do. */
  readonly described: (session: SessionPort) => void
  readonly closed: (session: SessionPort) => void
  readonly watch: (session: SessionPort, uris: ReadonlyArray<string>, request: Request) => void
  readonly unwatch: (session: SessionPort, uris: ReadonlyArray<string>) => void
  readonly tell: (session: SessionPort, method: string, params: JsonObject) => void
  /** What a client of this scope is told when it opens or discovers. */
  readonly introduction: (scope: string | undefined) => Introduction
}
