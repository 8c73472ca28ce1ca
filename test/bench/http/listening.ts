/** Servers on 127.0.0.1: a free port, and the wait until somebody listens there. */
import { once } from "node:events"
import { connect, createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"

const pollMillis = 10
const patienceMillis = 15_000

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("no port was free")
  return address.port
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" })
    const settle = (isThere: boolean) => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once("connect", () => settle(true))
    socket.once("error", () => settle(false))
  })

export const untilListening = async (port: number): Promise<void> => {
  const until = performance.now() + patienceMillis
  while (!(await accepts(port))) {
    if (performance.now() > until) throw new Error(`nothing listens on port ${port} after ${patienceMillis} ms`)
    await sleep(pollMillis)
  }
}
