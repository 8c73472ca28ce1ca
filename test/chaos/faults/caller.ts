/** A client that takes whatever comes: unlike the benchmark's, a failure is no end for it but what it came to see. */
import { isRecord } from "../../bench/client.ts"
import { answerIn, arrived, now, type Arrived } from "./answer.ts"

export interface Caller {
  /** The handshake, also after a session was lost; answers with what `initialize` got. Never fails. */
  readonly open: () => Promise<Arrived>
  /** Never fails; resolves with whatever comes, or never. */
  readonly ask: (method: string, params: object) => Promise<Arrived>
  /** Whether the session is gone, so that a client would open another one. */
  readonly needsOpening: () => boolean
  /** Whether what was asked has ended, so that a client could only start it anew. */
  readonly isOver: () => boolean
  /** When the last word of a changed tool list came. */
  readonly toldAt: () => number | undefined
  /** Replies that nobody waited for: duplicates, and unknown ids. */
  readonly strays: () => number
  /** Ends all that was started for it; answers with the number of processes that had to be killed. */
  readonly close: () => Promise<number>
}

/** The requests that wait, by id. */
export const openRequests = () => {
  const waiting = new Map<number, (answer: Arrived) => void>()
  let lastId = 0
  let strays = 0
  let toldAt: number | undefined

  const settle = (id: number, answer: Arrived) => {
    const resolve = waiting.get(id)
    waiting.delete(id)
    resolve?.(answer)
    return resolve !== undefined
  }
  return {
    add: () => {
      const id = ++lastId
      return { id, answer: new Promise<Arrived>((resolve) => waiting.set(id, resolve)) }
    },
    settle,
    /** A parsed message of the other side. */
    receive: (message: unknown) => {
      if (!isRecord(message)) return
      if (message["method"] === "notifications/tools/list_changed") toldAt = now()
      const answer = answerIn(message)
      if (answer === undefined || typeof message["id"] !== "number") return
      if (!settle(message["id"], arrived(answer))) strays++
    },
    /** Nothing more comes. */
    cut: (why: string) => {
      for (const id of [...waiting.keys()]) settle(id, arrived({ _tag: "Cut", why }))
    },
    strays: () => strays,
    toldAt: () => toldAt
  }
}
