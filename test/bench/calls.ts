/** The calls that wait for a reply, by id. */
import { isRecord, parseFrame, type OnReply } from "./client.ts"
import { locateId } from "./frame-id.mjs"

export interface Calls {
  /** A new id; `onReply` gets the reply under it. */
  readonly add: (onReply: OnReply) => number
  readonly receive: (frame: string) => void
  readonly waiting: () => number
  readonly strayIds: ReadonlyArray<number>
}

/** `onRequest` gets what the server asks of the client; its notifications go nowhere. */
export const openCalls = (onRequest: (method: string, id: unknown) => void): Calls => {
  const pending = new Map<number, OnReply>()
  const strayIds: Array<number> = []
  let lastId = 0

  const onReply = (id: number, frame: string) => {
    const waiting = pending.get(id)
    if (waiting === undefined) {
      strayIds.push(id)
      return
    }
    pending.delete(id)
    waiting(frame)
  }
  const onUnusual = (frame: string) => {
    const message = parseFrame(frame)
    if (!isRecord(message) || message["id"] === undefined) return
    if (typeof message["method"] === "string") onRequest(message["method"], message["id"])
    else onReply(Number(message["id"]), frame)
  }
  return {
    add: (onReply) => {
      pending.set(++lastId, onReply)
      return lastId
    },
    receive: (frame) => {
      const place = locateId(frame)
      if (place === undefined || place.request) onUnusual(frame)
      else onReply(Number(frame.slice(place.start, place.end)), frame)
    },
    waiting: () => pending.size,
    strayIds
  }
}

/** This client can do nothing but be pinged. */
export const answerTo = (method: string, id: unknown) => {
  const outcome = method === "ping" ? '"result":{}' : '"error":{"code":-32601,"message":"Method not found"}'
  return `{"jsonrpc":"2.0","id":${Buffer.from(JSON.stringify(id)).toString("latin1")},${outcome}}`
}
