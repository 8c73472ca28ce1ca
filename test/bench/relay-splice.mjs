/**
 * The cheap limit: finds the id's bytes in a frame, puts an id of its own in their place, and forwards the rest untouched.
 * Frames are latin1 strings, one character for one byte. A frame of an unusual shape is parsed in full instead.
 * Usage: node relay-splice.mjs <command> <args...>
 */
import { locateId } from "./frame-id.mjs"
import { relay } from "./relay-pipes.mjs"

/** Own id -> the client's id as it stood in the client's frame. */
const callers = new Map()
let lastId = 0

const parseBytes = (frame) => JSON.parse(Buffer.from(frame, "latin1").toString())
const bytesOf = (message) => Buffer.from(JSON.stringify(message)).toString("latin1")

const toChild = (frame) => {
  const place = locateId(frame)
  if (place === undefined) return unusualToChild(frame)
  if (!place.request) return frame + "\n"
  callers.set(++lastId, frame.slice(place.start, place.end))
  return frame.slice(0, place.start) + lastId + frame.slice(place.end) + "\n"
}

const toClient = (frame) => {
  const place = locateId(frame)
  if (place === undefined) return unusualToClient(frame)
  if (place.request) return frame + "\n"
  const ownId = Number(frame.slice(place.start, place.end))
  const id = callers.get(ownId)
  if (id === undefined) return ""
  callers.delete(ownId)
  return frame.slice(0, place.start) + id + frame.slice(place.end) + "\n"
}

const unusualToChild = (frame) => {
  const message = parseBytes(frame)
  if (message.id === undefined || message.method === undefined) return frame + "\n"
  callers.set(++lastId, bytesOf(message.id))
  return bytesOf({ ...message, id: lastId }) + "\n"
}

const unusualToClient = (frame) => {
  const message = parseBytes(frame)
  if (message.id === undefined || message.method !== undefined) return frame + "\n"
  const id = callers.get(message.id)
  if (id === undefined) return ""
  callers.delete(message.id)
  return bytesOf({ ...message, id: parseBytes(id) }) + "\n"
}

relay("latin1", toChild, toClient)
