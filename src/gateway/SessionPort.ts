import type { LooseQuestion } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"

/** What changed in a client's merged lists. */
export interface ListChanges {
  readonly tools: boolean
  readonly prompts: boolean
  readonly resources: boolean
}

/** How a client watches a resource: by `resources/subscribe` in its session, or by `subscriptions/listen` streams. */
export type WatchSide = "session" | "streams"

/** A client session as the router sees it. */
export interface SessionPort {
  readonly id: string
  /** The one backend that it talks to; `undefined`: the merged gateway. */
  readonly scope: string | undefined
  /** The client's capabilities: those it opened a session with, else those of its latest request. */
  readonly capabilities: () => JsonObject
  /** Puts a backend's question to the client; false: it can't be asked now. */
  readonly ask: (question: LooseQuestion) => boolean
  /** A notification of the client's own connection to a backend that belongs to no call. */
  readonly notice: (method: string, params: JsonObject) => void
  readonly listsChanged: (changes: ListChanges) => void
  readonly resourceUpdated: (params: JsonObject, sides: ReadonlySet<WatchSide>) => void
}
