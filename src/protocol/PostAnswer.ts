import { parse, parseBatch } from "./Envelope.ts"
import type { Incoming } from "./Envelope.ts"
import { errorFrameRaw } from "./Splice.ts"

/** A message in the response to a POST. */
export interface PostMessage {
  /**
   * `answer`: the reply to the request in the POST. `unaddressed`: an error that names no request, so it answers the one
   * in the POST. `aside`: a notification, or a request of the server. `foreign`: a reply to something else, which no POST
   * may bring. `garbage`: no message.
   */
  readonly kind: "answer" | "unaddressed" | "aside" | "foreign" | "garbage"
  /** The message, under the id of the request if it is the answer. */
  readonly frame: string
}

const idFirst = '{"jsonrpc":"2.0","id":'
const idLast = ',"jsonrpc":"2.0","id":'
const asideFirst = '{"jsonrpc":"2.0","method":'
const methodFirst = '{"method":'

/**
 * What one message in the response to the request `id` is. An error without an id, or with null, answers the POST that
 * it came to (MCP 2026-07-28, Streamable HTTP, "Sending Messages").
 *
 * The layouts that nearly every server writes are told by their first or last characters, without reading the message:
 * whoever gets the frame reads it anyway. With a member written twice such a server only fools itself: it may be taken
 * to answer the other of two requests that it got.
 */
export const postMessage = (text: string, id: string): PostMessage => {
  if (isPlainAnswer(text, JSON.stringify(id))) return { kind: "answer", frame: text }
  if (isPlainAside(text)) return { kind: "aside", frame: text }
  return judge(parse(text), text, id)
}

/** Whether a message is a reply, to whatever, or was meant for one. */
export const isReply = (text: string): boolean => {
  if (isPlainAside(text)) return false
  const message = parse(text)
  return message._tag === "Reply" || (message._tag === "Invalid" && message.meant === "reply")
}

const isPlainAside = (text: string): boolean => text.startsWith(methodFirst) || text.startsWith(asideFirst)

const isPlainAnswer = (text: string, idText: string): boolean => {
  if (!text.startsWith(idFirst)) return hasValue(text, 1) && text.endsWith(`${idLast}${idText}}`)
  const behind = idFirst.length + idText.length
  return text.startsWith(idText, idFirst.length) && text.charCodeAt(behind) === comma && hasValue(text, behind + 1)
}

const comma = 0x2c

const hasValue = (text: string, at: number): boolean =>
  text.startsWith('"result":', at) || text.startsWith('"error":', at)

/**
 * The messages of a JSON body: one, or a batch of them (2025-03-26). `isWhole`: its length was announced. Otherwise it
 * may end early unnoticed (RFC 9112, 6.3), and half a reply would be held against the whole line: it is read here,
 * although its reader reads it again.
 */
export const postMessages = (body: string, id: string, isWhole: boolean): ReadonlyArray<PostMessage> => {
  if (isWhole && body.startsWith("{")) return [postMessage(body, id)]
  if (!/^\s*\[/.test(body)) return [judge(parse(body), body, id)]
  const batch = parseBatch(body)
  if (batch._tag !== "Batch") return [{ kind: "garbage", frame: body }]
  return batch.messages.map((message) => judge(message, message._tag === "Invalid" ? "" : message.text, id))
}

const judge = (message: Incoming, text: string, id: string): PostMessage => {
  switch (message._tag) {
    case "Reply":
      return { kind: message.id === id ? "answer" : "foreign", frame: text }
    case "Request":
    case "Notification":
      return { kind: "aside", frame: text }
    case "Invalid":
      return message.unaddressed === undefined
        ? { kind: "garbage", frame: text }
        : { kind: "unaddressed", frame: errorFrameRaw(id, JSON.stringify(message.unaddressed)) }
  }
}
