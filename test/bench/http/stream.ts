/** A response that stays open and carries events: a GET stream, or the one of `subscriptions/listen`. */
import { connect } from "node:net"
import { eventReader, type ServerEvent } from "./events.ts"
import { chunkReader } from "./response.ts"

export interface Stream {
  readonly close: () => void
}

export interface StreamEvents {
  /** Status line and headers. */
  readonly onHead: (head: string) => void
  readonly onEvent: (event: ServerEvent) => void
  /** It has ended, and `close` was not called. */
  readonly onEnd: (cause: unknown) => void
}

/** Sends a whole request on a connection of its own. */
export const openStream = (port: number, request: string, { onHead, onEvent, onEnd }: StreamEvents): Stream => {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true })
  const readChunks = chunkReader()
  const readEvents = eventReader(onEvent)
  let head: string | undefined
  let text = ""
  let isOver = false
  const end = (cause: unknown) => {
    if (!isOver) onEnd(cause)
    isOver = true
    socket.destroy()
  }
  socket.setEncoding("latin1")
  socket.on("data", (more: string) => {
    let body = more
    if (head === undefined) {
      text += more
      const headEnd = text.indexOf("\r\n\r\n")
      if (headEnd === -1) return
      head = text.slice(0, headEnd)
      body = text.slice(headEnd + 4)
      onHead(head)
    }
    if (readChunks(body, readEvents)) end(new Error("the server ended the stream"))
  })
  socket.on("error", end)
  socket.on("close", () => end(new Error("the server closed the stream")))
  socket.write(request, "latin1")
  return {
    close: () => {
      isOver = true
      socket.destroy()
    }
  }
}
