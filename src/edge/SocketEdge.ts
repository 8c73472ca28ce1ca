import * as Effect from "effect/Effect"
import type { Socket } from "node:net"
import { Gateway } from "../gateway/Gateway.ts"
import { launcher } from "../kernel/Launcher.ts"
import { within } from "../kernel/Within.ts"
import { AttachedClient } from "./AttachedClient.ts"
import { attachProtocol, helloLine, helloMillis } from "./AttachHello.ts"
import type { AttachHello } from "./AttachHello.ts"
import { claim } from "./SocketClaim.ts"
import { placeProblem, socketFile } from "./SocketPlace.ts"
import { Unread } from "./Unread.ts"

/** Clients attached at once; one more is told so, and goes on by itself. */
export const attachedClients = 64

/** The socket of a state directory: who comes before there is a gateway behind it waits. */
export class ClaimedSocket {
  #waiting: Array<Socket> = []
  #onSocket: ((socket: Socket) => void) | undefined
  /** What is done when nobody comes any more. */
  end: Effect.Effect<void> = Effect.sync(() => this.#waiting.forEach((socket) => socket.destroy()))

  readonly come = (socket: Socket): void => {
    if (this.#onSocket !== undefined) return this.#onSocket(socket)
    socket.on("error", () => undefined)
    if (this.#waiting.length < attachedClients) this.#waiting.push(socket)
    else socket.destroy()
  }

  open(onSocket: (socket: Socket) => void): void {
    this.#onSocket = onSocket
    for (const socket of this.#waiting.splice(0)) if (!socket.destroyed) onSocket(socket)
  }
}

/**
 * Claims the socket of a state directory until the scope closes; then whoever has come through it is let go, after the
 * socket. Fails with `SocketTaken` if another gateway serves the directory. Where no socket can be made, that is logged,
 * and everybody goes on without.
 */
export const claimSocket = Effect.fn("SocketEdge.claim")(function* (stateDirectory: string) {
  const problem = placeProblem(stateDirectory)
  if (problem !== undefined) return yield* unattached(problem)
  const claimed = new ClaimedSocket()
  // Closed after the socket: whoever starts meanwhile goes on by itself.
  yield* Effect.addFinalizer(() => Effect.suspend(() => claimed.end))
  return yield* claim(socketFile(stateDirectory), claimed.come).pipe(
    Effect.as(claimed),
    Effect.catchTag("SocketUnusable", ({ message }) => unattached(message))
  )
})

/** How a gateway takes clients of other processes. */
export interface SocketOptions {
  readonly stateDirectory: string
  /** Real path of the configuration file; null: the built-in defaults. */
  readonly config: string | null
  readonly version: string
  /** Largest frame of a client, bytes (`max_frame_bytes`). */
  readonly frameBytes: number
  /** At the end, running calls of attached clients get so long. */
  readonly drainMillis: number
}

/**
 * Lets the `sentinel stdio` processes of the same user, state directory and configuration be served by this gateway, so
 * that backends exist once for all of them. When the scope of the claim closes, running calls may end, within
 * `drainMillis`, before the lines are closed.
 */
export const serveSocket = Effect.fn("SocketEdge.serve")(function* (claimed: ClaimedSocket, options: SocketOptions) {
  const { config, drainMillis, frameBytes, stateDirectory, version } = options
  const gateway = yield* Gateway
  const launch = yield* launcher()
  const clients = new Set<AttachedClient>()
  const hello: AttachHello = { protocol: attachProtocol, version, config, pid: process.pid }
  const unread = new Unread()
  let number = 0

  const onSocket = (socket: Socket) => {
    if (clients.size >= attachedClients) return refuse(socket, hello)
    const client = new AttachedClient(socket, {
      gateway,
      hello,
      frameBytes,
      unread,
      sessionId: `attached-${++number}`,
      log: (message) => launch("log", Effect.logWarning(message)),
      onEnd: (ended) => void clients.delete(ended)
    })
    clients.add(client)
    const impatient = Effect.sync(() => client.isStrange && client.drop())
    launch("greeting of a client", Effect.andThen(Effect.sleep(helloMillis), impatient))
  }

  claimed.end = drained(clients, drainMillis)
  claimed.open(onSocket)
  yield* Effect.logInfo(`sentinel stdio of this user and configuration attaches at ${socketFile(stateDirectory)}`)
})

const unattached = (reason: string): Effect.Effect<undefined> =>
  Effect.as(
    Effect.logWarning(`each sentinel stdio starts backends of its own, because none can attach here: ${reason}`),
    undefined
  )

const refuse = (socket: Socket, hello: AttachHello): void => {
  socket.on("error", () => undefined)
  socket.resume()
  socket.end(`${helloLine({ ...hello, refused: `it has ${attachedClients} clients already` })}\n`)
  socket.destroySoon()
}

/** Lets what runs end, within the bound, and nothing new begin; each client is let go as soon as it has no call. */
const drained = (clients: ReadonlySet<AttachedClient>, drainMillis: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (const client of clients) client.warn()
    yield* within("the end of the attached clients", untilDone(clients), drainMillis)
    yield* endAll([...clients])
  })

const untilDone = Effect.fnUntraced(function* (clients: ReadonlySet<AttachedClient>) {
  while (clients.size > 0) {
    yield* endAll([...clients].filter(({ isDone }) => isDone))
    if (clients.size > 0) yield* Effect.sleep(10)
  }
})

const endAll = (clients: ReadonlyArray<AttachedClient>): Effect.Effect<void> =>
  Effect.forEach(clients, ({ end }) => end, { concurrency: "unbounded", discard: true })
