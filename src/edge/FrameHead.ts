import type { RequestId } from "../domain/Request.ts"
import { readJson } from "../protocol/JsonRead.ts"
import { stringEnd } from "../protocol/JsonScan.ts"

/** What a frame is, and for which id. `Other`: a notification, or an error that has no id. */
export type FrameHead =
  | { readonly _tag: "Reply"; readonly id: RequestId; readonly failed: boolean }
  | { readonly _tag: "Question"; readonly id: RequestId }
  | { readonly _tag: "Other" }

const idFirst = '{"jsonrpc":"2.0","id":'
const quote = 0x22
const other: FrameHead = { _tag: "Other" }

/**
 * Reads the beginning of a frame that a gateway made. Those are all written by `protocol/Splice.ts`, which puts the id
 * first and then what the frame is, so that not even a large reply has to be parsed to be passed on. For frames of a
 * client this is not good enough: they are written in any order.
 */
export const headOf = (frame: string): FrameHead => {
  if (!frame.startsWith(idFirst)) return other
  const end = idEnd(frame)
  const id = end < 0 ? undefined : readJson(frame.slice(idFirst.length, end))
  if (typeof id !== "string" && typeof id !== "number") return other
  if (frame.startsWith(',"result":', end)) return { _tag: "Reply", id, failed: false }
  if (frame.startsWith(',"error":', end)) return { _tag: "Reply", id, failed: true }
  return frame.startsWith(',"method":', end) ? { _tag: "Question", id } : other
}

const idEnd = (frame: string): number => {
  if (frame.charCodeAt(idFirst.length) !== quote) return frame.indexOf(",", idFirst.length)
  const end = stringEnd(frame, idFirst.length + 1)
  return end < 0 ? -1 : end + 1
}

/** Whether it is a notification of this method. */
export const isNotification = (frame: string, method: string): boolean =>
  frame.startsWith(`{"jsonrpc":"2.0","method":"${method}"`)
