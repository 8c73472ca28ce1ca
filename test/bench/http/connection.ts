/** Keep-alive connections to one server on 127.0.0.1, each with one exchange at a time, as browsers and undici do it. */
import { connect, type Socket } from "node:net"
import { responseReader, type HttpResponse } from "./response.ts"

/** Node's servers close a connection that was idle for 5 s: one that was idle for long is not used again. */
const reusableMillis = 3_000

export interface Connections {
  /** Sends a whole request; the connection is free again when `onResponse` is called. */
  readonly exchange: (request: string, onResponse: (response: HttpResponse) => void) => void
  readonly close: () => void
}

interface Line {
  readonly socket: Socket
  onResponse: ((response: HttpResponse) => void) | undefined
  freeSince: number
}

/** `onFailure` gets what breaks an exchange. */
export const openConnections = (port: number, heard: () => void, onFailure: (cause: unknown) => void): Connections => {
  const all = new Set<Line>()
  /** The one that was used last is used next. */
  const free: Array<Line> = []

  const open = (): Line => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true })
    const line: Line = { socket, onResponse: undefined, freeSince: 0 }
    const read = responseReader()
    socket.setEncoding("latin1")
    socket.on("data", (more: string) => {
      heard()
      try {
        const response = read(more)
        const { onResponse } = line
        if (response === undefined || onResponse === undefined) return
        line.onResponse = undefined
        line.freeSince = performance.now()
        free.push(line)
        onResponse(response)
      } catch (cause) {
        onFailure(cause)
      }
    })
    socket.on("error", (cause) => line.onResponse !== undefined && onFailure(cause))
    socket.on("close", () => {
      all.delete(line)
      const place = free.indexOf(line)
      if (place !== -1) free.splice(place, 1)
      if (line.onResponse !== undefined) onFailure(new Error("the server closed the connection before it answered"))
    })
    all.add(line)
    return line
  }
  const take = (): Line => {
    const line = free.pop()
    if (line === undefined) return open()
    if (performance.now() - line.freeSince <= reusableMillis && line.socket.writable) return line
    line.socket.destroy()
    return take()
  }
  return {
    exchange: (request, onResponse) => {
      const line = take()
      line.onResponse = onResponse
      line.socket.write(request, "latin1")
    },
    close: () => {
      for (const line of all) {
        line.onResponse = undefined
        line.socket.destroy()
      }
    }
  }
}
