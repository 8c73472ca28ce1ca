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
  /** The client's capabilities: those it opened a session with, else those of its latest request. */
  readonly capabilities: () => JsonObject
  readonly listsChanged: (changes: ListChanges) => void
  readonly resourceUpdated: (params: JsonObject, sides: ReadonlySet<WatchSide>) => void
}
