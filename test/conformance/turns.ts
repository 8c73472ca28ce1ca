import { once } from "node:events"
import { connect, createServer } from "node:net"

/** The variable by which a client finds where to wait for its turn: a port on 127.0.0.1. */
export const turnsVariable = "CONFORMANCE_TURNS"

/**
 * While clients still arrive, the suite is busy starting them and slow to answer: the first turns are given when none
 * has come for so long.
 */
const arrivalMillis = 500

/**
 * The suite starts the clients of all scenarios at once; each of them starts a gateway. Lets `places` of them run at a
 * time: a client connects and may go on when it hears a byte; its place is free again when it disconnects.
 */
export const giveTurns = async (places: number): Promise<AsyncDisposable & { readonly port: number }> => {
  let free = places
  let arrivals: NodeJS.Timeout | undefined
  const waiting: Array<() => void> = []
  const next = (): void => {
    while (free > 0 && waiting.length > 0) {
      free--
      waiting.shift()?.()
    }
  }
  const server = createServer((socket) => {
    let running = false
    socket.on("error", () => {})
    socket.once("close", () => {
      if (running) free++
      next()
    })
    waiting.push(() => {
      if (socket.destroyed) return void free++
      running = true
      socket.write("!")
    })
    socket.resume()
    clearTimeout(arrivals)
    arrivals = setTimeout(next, arrivalMillis)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const close = async (): Promise<void> => {
    clearTimeout(arrivals)
    server.close()
    await once(server, "close")
  }
  return { port, [Symbol.asyncDispose]: close }
}

/** Waits for a turn, if there are turns at all; the turn ends with this process. */
export const awaitTurn = async (): Promise<void> => {
  const port = process.env[turnsVariable]
  if (port === undefined) return
  const socket = connect(Number(port), "127.0.0.1")
  await once(socket, "data")
  socket.unref()
}
