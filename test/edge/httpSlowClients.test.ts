import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { createServer, type ServerResponse } from "node:http"
import { backlogBytes, messageEvent, SseResponse, unreadBytes } from "../../src/edge/SseResponse.ts"
import { hintsLength } from "../../src/edge/OutBox.ts"
import { Unread, unreadBytesInAll } from "../../src/edge/Unread.ts"
import { MemoryBackend } from "../tree/memoryBackend.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { httpEdge } from "./httpEdge.ts"
import { RawConnection } from "./rawHttp.ts"

const promise = Effect.promise

/** A response whose client does not read until the test lets it. */
const heldResponse = Effect.gen(function* () {
  const { promise: began, resolve } = Promise.withResolvers<ServerResponse>()
  const server = createServer((_request, response) => resolve(response))
  yield* Effect.addFinalizer(() => Effect.sync(() => void server.close()))
  yield* promise(() => new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening)))
  const address = server.address()
  const client = new RawConnection(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`)
  yield* Effect.addFinalizer(() => Effect.sync(() => client.leave()))
  client.send("GET /", ["Host: localhost"])
  const response = yield* promise(() => began)
  client.socket.pause()
  return { client, response }
})

/** The same as a stream. */
const heldStream = Effect.gen(function* () {
  const { client, response } = yield* heldResponse
  const stream = new SseResponse(response, new Unread())
  const put = (frame: string, minor: boolean | string) => stream.put(`id: 1\n${messageEvent(frame)}`, minor, frame)
  /** More than the client's and the system's buffers take. */
  const fill = Effect.gen(function* () {
    while (response.writableLength <= backlogBytes) {
      put(large, false)
      yield* turn
    }
  })
  return { client, fill, put, response, stream }
})

const turn = promise(() => new Promise((resolve) => setImmediate(resolve)))
const large = "x".repeat(backlogBytes / 2)

describe("INV-32 a client that does not read its stream", () => {
  it.effect("loses progress and log messages, and of hints all but the last of each name", () =>
    Effect.gen(function* () {
      const { client, fill, put, response, stream } = yield* heldStream
      yield* fill
      const before = response.writableLength
      for (let n = 0; n < 1_000; n++) {
        put(`progress ${n}`, true)
        put(`hint ${n}`, n % 2 === 0 ? "even" : "odd")
      }
      stream.comment()
      assert.strictEqual(response.writableLength, before)
      put("reply", false)
      client.socket.resume()
      yield* promise(() => client.until(/hint 999\n\n/))
      assert.notInclude(client.text, "progress")
      assert.deepStrictEqual(client.text.match(/hint \d+/g), ["hint 998", "hint 999"])
      // Overtaken by the reply, they have no id: a client must not come back to before it.
      assert.match(client.text, /id: 1\ndata: reply\n\n[^]*(?<!id: 1\n)data: hint 998\n\n/)
    })
  )

  it.effect("has hints kept for it within a bound", () =>
    Effect.gen(function* () {
      const { client, fill, put } = yield* heldStream
      yield* fill
      for (let n = 0; n < 100; n++) put("y".repeat(hintsLength / 50), `name ${n}`)
      put("name 0 in short", "name 0")
      client.socket.resume()
      yield* promise(() => client.until(/data: y/))
      put("the end", false)
      yield* promise(() => client.until(/data: the end/))
      const kept = client.text.split("data: y").length - 1
      assert.isAtLeast(kept, 40)
      assert.isAtMost(kept, 50)
      assert.include(client.text, "name 0 in short")
    })
  )

  it.effect("is cut off when too much waits for it", () =>
    Effect.gen(function* () {
      const { put, response } = yield* heldStream
      for (let n = 0; n <= 4 * (unreadBytes / backlogBytes) && !response.destroyed; n++) {
        put(large, false)
        yield* turn
      }
      assert.isTrue(response.destroyed)
    })
  )

  it.effect("or its answer, for too long, is closed", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(
        specOf("a"),
        { tools: ["large"] },
        { onCall: (call, line) => line.reply(call, { content: [{ type: "text", text: "x".repeat(12_000_000) }] }) }
      )
      const { client, url, serving } = yield* httpEdge({ backends: [backend], httpBounds: { keepAliveMillis: 25 } })
      const { body, headers } = client().modern("tools/call", { name: "a__large", arguments: {} })
      const text = JSON.stringify(body)
      const lines = Object.entries({ ...headers, Host: new URL(url).host, "Content-Type": "application/json" })
      const raw = new RawConnection(url)
      raw.send(
        "POST /mcp",
        [...lines.map(([name, value]) => `${name}: ${String(value)}`), `Content-Length: ${text.length}`],
        text
      )
      yield* promise(() => raw.status())
      raw.socket.pause()
      while ((yield* serving.connections) > 0) yield* turn
      raw.leave()
    })
  )
})

/** A response that waits on its connection until another one, which never comes, has gone out. */
const queuedResponse = Effect.gen(function* () {
  const { promise: began, resolve } = Promise.withResolvers<ServerResponse>()
  const server = createServer((request, response) => {
    if (request.url === "/second") resolve(response)
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => void server.close()))
  yield* promise(() => new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening)))
  const address = server.address()
  const client = new RawConnection(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`)
  client.send("GET /first", ["Host: localhost"]).send("GET /second", ["Host: localhost"])
  yield* Effect.addFinalizer(() => Effect.sync(() => client.leave()))
  return { client, response: yield* promise(() => began) }
})

describe("INV-32 a client that sends on, and whose answer waits behind another one", () => {
  it.effect("loses its connection when too much waits for it, not only the answer", () =>
    Effect.gen(function* () {
      const { client, response } = yield* queuedResponse
      const stream = new SseResponse(response, new Unread())
      const puts = Math.ceil(unreadBytes / backlogBytes) + 1
      for (let n = 0; n < puts; n++) stream.put("x".repeat(backlogBytes), false, "")
      assert.isTrue(response.req.socket.destroyed)
      yield* promise(() => client.closed)
    })
  )

  it.effect("loses it as well when too much waits for all of them", () =>
    Effect.gen(function* () {
      const { client, response } = yield* queuedResponse
      response.end(Buffer.alloc(unreadBytesInAll + 1))
      new Unread().written(response)
      yield* promise(() => client.closed)
    })
  )
})

describe("INV-32 clients that do not read, together", () => {
  it.effect("have at most so many bytes waiting for them: who has waited longest is cut off", () =>
    Effect.gen(function* () {
      const unread = new Unread()
      // Three of them fit, and a fourth does not, whatever the system's buffers take.
      const bytes = unreadBytesInAll / 3 - 1024 * 1024
      const held = yield* Effect.forEach([1, 2, 3, 4, 5], () => heldResponse)
      for (const { response } of held) {
        response.end(Buffer.alloc(bytes))
        unread.written(response)
        yield* turn
      }
      assert.deepStrictEqual(
        held.map(({ response }) => response.destroyed),
        [true, true, false, false, false]
      )
    })
  )

  it.effect("cost nobody else anything: an answer that is on its way is not counted, nor one that has been read", () =>
    Effect.gen(function* () {
      const unread = new Unread()
      const { client, response } = yield* heldResponse
      response.end(Buffer.alloc((unreadBytesInAll * 3) / 4))
      unread.written(response)
      const read = promise(() => new Promise((closed) => response.once("close", closed)))
      client.socket.resume()
      yield* read
      assert.isTrue(response.writableFinished)
      const { response: other } = yield* heldResponse
      other.end(Buffer.alloc((unreadBytesInAll * 3) / 4))
      unread.written(other)
      assert.isFalse(other.destroyed)
    })
  )
})
