import type { Json, JsonObject } from "./Json.ts"
import type { Outcome } from "./Outcome.ts"
import type { Request } from "./Request.ts"

/**
 * A request on its way, with the road back. The edge makes it, the router addresses it, one backend ends it.
 *
 * `settle` is called exactly once, by whoever ends the call; a second call is a defect and is ignored by the edge.
 */
export interface Call {
  readonly request: Request
  readonly settle: (outcome: Outcome) => void
  /** Progress of this call, with the backend's `progress`, `total`, `message`; the edge puts the caller's token back. */
  readonly progress: (params: JsonObject) => void
  /** A log message that belongs to this call. */
  readonly log: (params: JsonObject) => void
  /**
   * The backend asks the client something while this call runs (`sampling/createMessage`, `elicitation/create`,
   * `roots/list`). The edge asks in its own era and answers with the client's result, or an error object.
   */
  readonly ask: (question: Question) => void
}

/** A request of a server to the client, on behalf of one running call. */
export interface Question {
  readonly method: string
  readonly params: JsonObject
  readonly answer: (answer: Answer) => void
}

/** What the client said: a result, or a JSON-RPC error object. */
export type Answer =
  | { readonly _tag: "Result"; readonly result: Json }
  | { readonly _tag: "Error"; readonly code: number; readonly message: string }
