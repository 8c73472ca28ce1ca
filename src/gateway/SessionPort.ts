import type { JsonObject } from "../domain/Json.ts"

/** What changed in a client's merged lists. */
export interface ListChanges {
  readonly tools: boolean
  readonly prompts: boolean
  readonly resources: boolean
}

/** A client session as the router sees it. */
export interface SessionPort {
  readonly id: string
  /** The client's capabilities, when it opened a session with them; per request otherwise. */
  readonly capabilities: () => JsonObject
  readonly listsChanged: (changes: ListChanges) => void
  readonly resourceUpdated: (params: JsonObject) => void
}
