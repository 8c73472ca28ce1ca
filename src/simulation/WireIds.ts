import { isReply, objectIn, readMessage, textIn } from "./Message.ts"
import type { CallRecord, LineRecord } from "./Observation.ts"

/** Under which ids the gateway has put calls to servers: a reply, or a cancellation, names no call but this. */
export class WireIds {
  readonly #calls = new WeakMap<LineRecord, Map<string, CallRecord>>()

  /** The gateway wrote this, which has a call in it. */
  written(line: LineRecord, text: string, call: CallRecord): void {
    const known = this.#calls.get(line) ?? new Map<string, CallRecord>()
    this.#calls.set(line, known.set(textIn(readMessage(text), "id"), call))
  }

  /** The call that a message of a server answers. */
  answered(line: LineRecord, text: string): CallRecord | undefined {
    return this.#calls.get(line)?.get(answeredId(text))
  }

  /** The call that a message of the gateway takes back. */
  takenBack(line: LineRecord, text: string): CallRecord | undefined {
    const message = readMessage(text)
    if (message["method"] !== "notifications/cancelled") return undefined
    return this.#calls.get(line)?.get(textIn(objectIn(message, "params"), "requestId"))
  }
}

/** The id that a message of a server answers; empty: it is no message, or no answer. */
const answeredId = (text: string): string => {
  try {
    const message = readMessage(text)
    return isReply(message) ? textIn(message, "id") : ""
  } catch {
    return ""
  }
}
