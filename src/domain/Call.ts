import type { Json, JsonObject } from "./Json.ts"
import type { Outcome } from "./Outcome.ts"
import type { Request } from "./Request.ts"

/**
 * A request on its way, with the road back. The edge makes it, the router addresses it, one backend ends it.
 *
 * A question of the backend to the client (sampling, elicitation, roots) ends the call as well, in the form of MCP
 * 2026-07-28: a completed outcome that `asks`, with the result type `input_required`; the answer comes as a new call
 * that repeats the request with `inputResponses` and `requestState`. Both eras are brought to this form at their edge.
 */
export interface Call {
  readonly request: Request
  /** It has been settled, or its client does not want it any more: nobody may begin it. */
  readonly ended: boolean
  /** Whoever has the call now and can take it back; set by each that accepts it. */
  holder: CallHolder | undefined
  /** Ends the call: called exactly once. */
  readonly settle: (outcome: Outcome) => void
  /** Its client does not want it any more: whoever holds it ends it, without a reply. */
  readonly cancel: () => void
  /** The backend's `progress`, `total`, `message`; the edge puts the caller's own token back. */
  readonly progress: (params: JsonObject) => void
  /** A log message (`notifications/message` params) that may belong to this call; false: its client wants none such. */
  readonly log: (params: JsonObject) => boolean
}

/** Somebody who has accepted calls and ends one early when its client cancels. */
export interface CallHolder {
  readonly cancel: (call: Call) => void
}

/** A call with its address: the parameters carry the backend's own names. */
export interface AddressedCall {
  readonly call: Call
  readonly params: JsonObject
  /** The operator marked the tool as safe to send again (`idempotent_tools`), or it only reads. */
  readonly repeatable: boolean
}

/**
 * In `inputResponses`: the client could not or would not answer. Holds `code` and `message`, which a stateful backend
 * gets as a JSON-RPC error.
 */
export const refusedInputKey = "sentinel-gateway/error"

/** That a client could not or would not answer, as a JSON-RPC error. */
export interface InputRefusal {
  readonly code: number
  readonly message: string
}

/** How a client answered a question of a backend. */
export type InputAnswer = { readonly result: Json } | { readonly error: InputRefusal }

/** A question of a stateful backend that belongs to no call, such as one for the roots right after its start. */
export interface LooseQuestion {
  readonly method: string
  readonly params: JsonObject
  /** Called once; nothing happens when the backend's connection has ended. */
  readonly answer: (answer: InputAnswer) => void
  /** For whoever has put it to a client: `withdraw` is called when the connection ends before there is an answer. */
  readonly whenGone: (withdraw: () => void) => void
}

/** Methods whose result may be `input_required` (MCP 2026-07-28, patterns/mrtr, "Supported Requests"). */
export const mayAskForInput = (method: string): boolean =>
  method === "tools/call" || method === "prompts/get" || method === "resources/read"
