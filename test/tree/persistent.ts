import { isReply, type Id } from "../fixtures/envelope.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import type { MemoryClient } from "./memoryClient.ts"
import type { MemoryPost, Poster } from "./memoryPosts.ts"

/** Somebody who calls a tool again and again: what has ended, however it did, is asked for anew. */
export interface Persistent {
  /** Calls that have no reply yet. */
  readonly open: number
  /** Replies that have come, oldest first. */
  readonly replies: ReadonlyArray<JsonObject>
  /** Asks until that many calls are open, all in one read. */
  readonly keep: (wanted: number) => void
}

/** As a client with a session. */
export const persistentSession = (client: MemoryClient, tool: string, text: string): Persistent => {
  const open = new Set<Id>()
  const replies: Array<JsonObject> = []
  let read = 0
  const look = () => {
    for (; read < client.messages.length; read++) {
      const message = client.messages[read] ?? {}
      const { id } = message
      if (isReply(message) && (typeof id === "number" || typeof id === "string") && open.delete(id))
        replies.push(message)
    }
    return open.size
  }
  const keep = (wanted: number) => {
    const missing = Array.from({ length: Math.max(0, wanted - look()) }, () =>
      client.requestMessage("tools/call", { name: tool, arguments: { text } })
    )
    for (const { id } of missing) if (typeof id === "number") open.add(id)
    if (missing.length > 0) client.send(...missing)
    look()
  }
  return {
    get open() {
      return look()
    },
    replies,
    keep
  }
}

/** With requests that stand alone. */
export const persistentPoster = (poster: Poster, tool: string, text: string): Persistent => {
  let posts: Array<MemoryPost> = []
  const replies: Array<JsonObject> = []
  const look = () => {
    const isOpen = ({ replies }: MemoryPost) => replies.length === 0
    for (const post of posts) if (!isOpen(post)) replies.push(post.reply)
    posts = posts.filter(isOpen)
    return posts.length
  }
  const keep = (wanted: number) => {
    for (let missing = wanted - look(); missing > 0; missing--) posts.push(poster.call(tool, { text }))
    look()
  }
  return {
    get open() {
      return look()
    },
    replies,
    keep
  }
}
