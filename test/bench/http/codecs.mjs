/**
 * The two ways in which the bare HTTP relays put an id of their own in place of the client's.
 *
 * `outward(frame, ownId, keep)` is the request as it goes to the backend, after `keep` was given the client's id;
 * a notification comes back as it is, with nothing kept. `inward(frame, take)` is a reply under the client's id, which
 * `take` answers for ours, or undefined if nobody waits for it.
 */
import { locateId } from "../frame-id.mjs"

/** The dear limit: parses and stringifies every message in both directions. */
export const parsing = {
  encoding: "utf8",
  bytesOf: (text) => Buffer.byteLength(text),
  outward: (frame, ownId, keep) => {
    const message = JSON.parse(frame)
    if (message.id !== undefined && message.method !== undefined) {
      keep(message.id)
      message.id = ownId
    }
    return JSON.stringify(message)
  },
  inward: (frame, take) => {
    const message = JSON.parse(frame)
    if (message.id === undefined || message.method !== undefined) return undefined
    message.id = take(message.id)
    return message.id === undefined ? undefined : JSON.stringify(message)
  }
}

/**
 * The cheap limit: cuts the id's bytes out and forwards the rest untouched. Frames are latin1 strings, one character for
 * one byte. Only for the shapes that `locateId` knows; this benchmark's clients and backends write no others.
 */
export const splicing = {
  encoding: "latin1",
  bytesOf: (text) => text.length,
  outward: (frame, ownId, keep) => {
    const place = locateId(frame)
    if (place === undefined || !place.request) return frame
    keep(frame.slice(place.start, place.end))
    return frame.slice(0, place.start) + ownId + frame.slice(place.end)
  },
  inward: (frame, take) => {
    const place = locateId(frame)
    if (place === undefined || place.request) return undefined
    const id = take(Number(frame.slice(place.start, place.end)))
    return id === undefined ? undefined : frame.slice(0, place.start) + id + frame.slice(place.end)
  }
}
