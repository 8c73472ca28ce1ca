import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import type { RequestId } from "../domain/Request.ts"
import { hasBackslashKey, readJson } from "./JsonRead.ts"
import { maxNesting, nestsDeeperThan } from "./JsonScan.ts"
import { bulkLength, restoreBulk, splitBulk } from "./BulkString.ts"
import { jsonRpcCodes } from "./JsonRpcCodes.ts"
import { readPlainReply } from "./PlainReply.ts"
import { readExactly } from "./RawText.ts"

/** Bounds of one message; its size in bytes is bounded where frames are cut (`LineFramer`, the HTTP body). */
export const envelopeBounds = {
  /** Levels of arrays and objects, the message itself included. */
  nesting: maxNesting,
  /** Characters of a method name. */
  methodLength: 256,
  /** Characters of a string id: ids are kept in maps while a call runs. */
  idLength: 1_024,
  /** Messages in one batch. */
  batchMessages: 64
} as const

/** The error of an error reply, with `data` and whatever else the peer added. */
export type RpcError = JsonObject & { readonly code: number; readonly message: string }

/** Has `method` and an id, so it is a request, even if the id matches one of ours that waits for its reply. */
export interface IncomingRequest {
  readonly _tag: "Request"
  readonly id: RequestId
  readonly method: string
  readonly params: JsonObject
  readonly text: string
}

export interface IncomingNotification {
  readonly _tag: "Notification"
  readonly method: string
  readonly params: JsonObject
  readonly text: string
}

interface ReplyParts {
  readonly _tag: "Reply"
  readonly id: RequestId
  readonly text: string
  /** The value's raw text where reading found it anyway; `replyText` gives it always. */
  readonly valueText: string | undefined
}

/** Has `result`, an object (MCP 2026-07-28, "Result Responses"), or `error`, never both. */
export type IncomingReply =
  | (ReplyParts & { readonly kind: "result"; readonly value: JsonObject })
  | (ReplyParts & { readonly kind: "error"; readonly value: RpcError })

/** A text that is no MCP message. */
export interface IncomingInvalid {
  readonly _tag: "Invalid"
  readonly code: typeof jsonRpcCodes.parseError | typeof jsonRpcCodes.invalidRequest
  /** What is wrong, in our words: never a piece of the text, which may hold secrets. */
  readonly reason: string
  /** The id, where it is a valid one. */
  readonly id: RequestId | null
  /**
   * What the sender meant. A `call` (it has `method`) may be answered with an error; a `reply` never is, but it ends
   * our call of that id; `unknown` is neither.
   */
  readonly meant: "call" | "reply" | "unknown"
  /**
   * The error of a reply whose id is null or absent: the peer could not read our id (MCP 2026-07-28, "Error
   * Responses"). On HTTP it still belongs to the POST that it answers.
   */
  readonly unaddressed: RpcError | undefined
}

/** One message as it came in. `params` is empty where the sender left it out. */
export type Incoming = IncomingRequest | IncomingNotification | IncomingReply | IncomingInvalid

/** Several messages in one frame; only a session that negotiated 2025-03-26 may send it. */
export interface Batch {
  readonly _tag: "Batch"
  readonly messages: ReadonlyArray<Incoming>
}

/**
 * Reads one message of either side, whole (JSON-RPC 2.0; MCP 2026-07-28, Overview, "Messages").
 *
 * Only `jsonrpc`, `id`, `method`, `params`, `result` and `error`, spelled so, mean anything. Of a key that occurs
 * twice the last counts, as in `JSON.parse`; since requests are written anew from these values before they go to a
 * backend, both sides see the same one.
 */
export const parse = (text: string): Incoming => {
  const plain = readPlainReply(text)
  if (plain !== undefined) {
    return nestsDeeperThan(plain.value, envelopeBounds.nesting - 1)
      ? refuse(tooDeep, plain.id, "reply")
      : readReply(plain.kind, plain.value, plain.id, text, plain.valueText)
  }
  return text.length < bulkLength ? parseWhole(text) : (parseLarge(text) ?? parseWhole(text))
}

const parseWhole = (text: string): Incoming => {
  const value = readJson(text)
  if (value === undefined) return invalid("the text is not valid JSON", jsonRpcCodes.parseError)
  const message = read(value, text)
  return message._tag === "Request" ? (exact(message) ?? message) : message
}

/** A request is written anew for the backend: its numbers must not lose digits on the way. */
const exact = (message: IncomingRequest): IncomingRequest | undefined => {
  const value = readExactly(message.text)
  const params = isJsonObject(value) ? value["params"] : undefined
  return isJsonObject(params) && !hasBackslashKey(params, maxNesting) ? { ...message, params } : undefined
}

/** A tool call with one long string in its arguments: the rest is read as the small message it is. */
const parseLarge = (text: string): IncomingRequest | undefined => {
  const split = splitBulk(text)
  const message = split === undefined ? undefined : parseWhole(split.shell)
  if (split === undefined || message?._tag !== "Request" || message.method !== "tools/call") return undefined
  const restored = restoreBulk(message.params["arguments"] ?? null, split.bulk)
  return restored === undefined ? undefined : { ...message, params: { ...message.params, arguments: restored }, text }
}

/**
 * As `parse`, where an array is a batch of messages (MCP 2025-03-26, Overview, "Batching"). Each message of a batch
 * has a text of its own. A batch that is empty or beyond the bound is one `Invalid`.
 */
export const parseBatch = (text: string): Batch | Incoming => {
  const value = readJson(text)
  if (!Array.isArray(value)) return parse(text)
  if (value.length === 0) return invalid("a batch must not be empty")
  if (value.length > envelopeBounds.batchMessages) {
    return invalid(`a batch has at most ${envelopeBounds.batchMessages} messages`)
  }
  // Refused here, because writing an element anew recurses.
  if (nestsDeeperThan(value, envelopeBounds.nesting + 1)) return invalid(tooDeep)
  const exactly = readExactly(text)
  const written = Array.isArray(exactly) && !hasBackslashKey(exactly, maxNesting) ? exactly : value
  return { _tag: "Batch", messages: value.map((message: Json, at) => readWritten(message, written[at] ?? message)) }
}

/** A message of a batch, and the same as it was written, to the last digit. */
const readWritten = (value: Json, written: Json): Incoming => {
  const message = read(value, JSON.stringify(written))
  return message._tag === "Request" ? (exact(message) ?? message) : message
}

const read = (message: Json, text: string): Incoming => {
  if (!isJsonObject(message)) {
    return Array.isArray(message)
      ? invalid("batches are not part of this protocol version: send one message at a time")
      : invalid("a message must be a JSON object")
  }
  const id = readId(message)
  const hasResult = Object.hasOwn(message, "result")
  const hasError = Object.hasOwn(message, "error")
  const meant = Object.hasOwn(message, "method") ? "call" : hasResult || hasError ? "reply" : "unknown"
  if (!Object.hasOwn(message, "jsonrpc") || message["jsonrpc"] !== "2.0") {
    return refuse('jsonrpc must be "2.0"', id, meant)
  }
  if (nestsDeeperThan(message, envelopeBounds.nesting)) return refuse(tooDeep, id, meant)
  if (meant === "unknown") return refuse("a message must have method, result or error", id, meant)
  if (meant === "call") {
    return hasResult || hasError ? refuse("a call has no result or error", id, meant) : readCall(message, id, text)
  }
  if (hasResult && hasError) return refuse("a reply has result or error, not both", id, meant)
  const kind = hasResult ? "result" : "error"
  return readReply(kind, message[kind], id, text, undefined)
}

/** The id; null where there is one that is not allowed; undefined where there is none. */
const readId = (message: JsonObject): RequestId | null | undefined => {
  if (!Object.hasOwn(message, "id")) return undefined
  const id = message["id"]
  if (typeof id === "string") return id.length <= envelopeBounds.idLength ? id : null
  return typeof id === "number" && Number.isSafeInteger(id) ? id : null
}

const tooDeep = `a message has at most ${envelopeBounds.nesting} levels of arrays and objects`

const noParams: JsonObject = Object.freeze({})

const badId = "id must be a safe integer or a string within its bound"

const readCall = (message: JsonObject, id: RequestId | null | undefined, text: string): Incoming => {
  if (id === null) return refuse(badId, id, "call")
  const method = message["method"]
  if (typeof method !== "string" || method.length === 0 || method.length > envelopeBounds.methodLength) {
    return refuse(`method must be a string of 1 to ${envelopeBounds.methodLength} characters`, id, "call")
  }
  const params = Object.hasOwn(message, "params") ? message["params"] : noParams
  if (!isJsonObject(params)) return refuse("params must be an object", id, "call")
  return id === undefined
    ? { _tag: "Notification", method, params, text }
    : { _tag: "Request", id, method, params, text }
}

const readReply = (
  kind: IncomingReply["kind"],
  value: Json | undefined,
  id: RequestId | null | undefined,
  text: string,
  valueText: string | undefined
): Incoming => {
  const addressed = id !== null && id !== undefined
  if (kind === "result") {
    if (!isJsonObject(value)) return refuse("result must be an object", id, "reply")
    return addressed ? { _tag: "Reply", id, kind, value, text, valueText } : refuse(badId, id, "reply")
  }
  if (!isRpcError(value)) return refuse("error must be an object with an integer code and a message", id, "reply")
  return addressed ? { _tag: "Reply", id, kind, value, text, valueText } : refuse(badId, id, "reply", value)
}

const isRpcError = (error: Json | undefined): error is RpcError =>
  isJsonObject(error) &&
  Object.hasOwn(error, "code") &&
  Number.isSafeInteger(error["code"]) &&
  Object.hasOwn(error, "message") &&
  typeof error["message"] === "string"

const refuse = (
  reason: string,
  id: RequestId | null | undefined,
  meant: IncomingInvalid["meant"],
  unaddressed?: RpcError
): IncomingInvalid => ({
  _tag: "Invalid",
  code: jsonRpcCodes.invalidRequest,
  reason,
  id: id ?? null,
  meant,
  unaddressed
})

const invalid = (reason: string, code: IncomingInvalid["code"] = jsonRpcCodes.invalidRequest): IncomingInvalid => ({
  _tag: "Invalid",
  code,
  reason,
  id: null,
  meant: "unknown",
  unaddressed: undefined
})
