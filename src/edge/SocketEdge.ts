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

/** Clients attached at once; one more is told so, and goes on by itself. */
export const attachedClients = 64

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
 * that backends exist once for all of them. Listens until the scope closes; then running calls may end, within
 * `drainMillis`, before the lines are closed.
 *
 * Fails with `SocketTaken` if another gateway serves the directory. Where no socket can be made, that is logged, and
 * everybody goes on without.
 */
export const serveSocket = Effect.fn("SocketEdge.serve")(function* (options: SocketOptions) {
  const { config, drainMillis, frameBytes, stateDirectory, version } = options
  const file = socketFile(stateDirectory)
  const problem = placeProblem(stateDirectory)
  if (problem !== undefined) return yield* unattached(problem)
  const gateway = yield* Gateway
  const launch = yield* launcher()
  const clients = new Set<AttachedClient>()
  const hello: AttachHello = { protocol: attachProtocol, version, config, pid: process.pid }
  let number = 0

  const onSocket = (socket: Socket) => {
    if (clients.size >= attachedClients) return refuse(socket, hello)
    const client = new AttachedClient(socket, {
      gateway,
      hello,
      frameBytes,
      sessionId: `attached-${++number}`,
      log: (message) => launch("log", Effect.logWarning(message)),
      onEnd: (ended) => void clients.delete(ended)
    })
    clients.add(client)
    const impatient = Effect.sync(() => client.isStrange && client.drop())
    launch("greeting of a client", Effect.andThen(Effect.sleep(helloMillis), impatient))
  }

  // Closed after the socket: whoever starts meanwhile goes on by itself.
  yield* Effect.addFinalizer(() => drained(clients, drainMillis))
  yield* claim(file, onSocket).pipe(Effect.catchTag("SocketUnusable", ({ message }) => unattached(message)))
  yield* Effect.logInfo(`sentinel stdio of this user and configuration attaches at ${file}`)
})

const unattached = (reason: string): Effect.Effect<void> =>
  Effect.logWarning(`each sentinel stdio starts backends of its own, because none can attach here: ${reason}`)

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
