import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { AttachedClient } from "../../src/edge/AttachedClient.ts"
import { attachProtocol, helloLine } from "../../src/edge/AttachHello.ts"
import { Unread, unreadBytesInAll } from "../../src/edge/Unread.ts"
import type { Send } from "../../src/gateway/SessionSettings.ts"
import { memoryGateway } from "../tree/memoryGateway.ts"
import { freshDirectory } from "../tree/memoryState.ts"
import { until } from "./relayFixture.ts"

const hello = { protocol: attachProtocol, version: "", config: null, pid: 1 }

it.effect("INV-32 attached clients that do not read have a bound together: the one that waits longest is cut off", () =>
  Effect.gen(function* () {
    const { gateway } = yield* memoryGateway({ backends: [] })
    const file = join(freshDirectory(), "s")
    const unread = new Unread()
    const sends: Array<Send> = []
    const own: Array<Socket> = []
    const listener = createServer((socket) => {
      own.push(socket)
      const connected: typeof gateway.connect = (line) => {
        sends.push(line.send)
        return gateway.connect(line)
      }
      void new AttachedClient(socket, {
        gateway: { connect: connected, flush: () => gateway.flush() },
        sessionId: `${own.length}`,
        hello,
        frameBytes: 1_000,
        unread,
        log: () => undefined,
        onEnd: () => undefined
      })
    }).listen(file)
    yield* Effect.promise(() => once(listener, "listening"))
    const clients: Array<Socket> = []
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const socket of [...clients, ...own]) socket.destroy()
        listener.close()
      })
    )
    // Four, of which three may have so much waiting, but not all.
    const frame = "x".repeat(unreadBytesInAll / 3 - 1024 * 1024)
    for (let count = 1; count <= 4; count++) {
      const client = connect(file)
      clients.push(client)
      client.pause()
      client.write(`${helloLine(hello)}\n`)
      yield* Effect.promise(() => until(() => sends.length === count))
      const put = (text: string) => sends.at(-1)?.(text, false, undefined, false)
      put(frame)
      yield* Effect.promise(() => until(() => (own.at(-1)?.writableLength ?? 0) > 1024 * 1024))
      put("{}")
      if (count === 3) assert.isFalse(own.some(({ destroyed }) => destroyed))
    }
    assert.deepStrictEqual(
      own.map(({ destroyed }) => destroyed),
      [true, false, false, false]
    )
  })
)
