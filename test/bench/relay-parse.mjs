/**
 * The dear limit: parses and stringifies every message in both directions and maps ids to a counter of its own.
 * Usage: node relay-parse.mjs <command> <args...>
 */
import { relay } from "./relay-pipes.mjs"

const callers = new Map()
let lastId = 0

const toChild = (frame) => {
  const message = JSON.parse(frame)
  if (message.id !== undefined && message.method !== undefined) {
    callers.set(++lastId, message.id)
    message.id = lastId
  }
  return JSON.stringify(message) + "\n"
}

const toClient = (frame) => {
  const message = JSON.parse(frame)
  if (message.id !== undefined && message.method === undefined) {
    if (!callers.has(message.id)) return ""
    const id = callers.get(message.id)
    callers.delete(message.id)
    message.id = id
  }
  return JSON.stringify(message) + "\n"
}

relay("utf8", toChild, toClient)
