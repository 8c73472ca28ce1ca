import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { echoing, MemoryBackend } from "../tree/memoryBackend.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { send } from "./httpClient.ts"
import { httpEdge } from "./httpEdge.ts"
import { RawConnection } from "./rawHttp.ts"

const promise = Effect.promise
const bodyBytes = 4_096
const edge = () =>
  httpEdge({
    backends: [new MemoryBackend(specOf("a"), { tools: ["echo"] }, { onCall: echoing })],
    httpBounds: { bodyBytes }
  })

const head = (url: string, ...lines: ReadonlyArray<string>) => [
  `Host: ${new URL(url).host}`,
  "Content-Type: application/json",
  ...lines
]

describe("INV-32 the body of an HTTP request", () => {
  it.effect("may have so many bytes, and not one more", () =>
    Effect.gen(function* () {
      const { client, url } = yield* edge()
      const { body, headers } = client().modern("tools/list")
      const text = JSON.stringify(body)
      const whole = text + " ".repeat(bodyBytes - text.length)
      assert.strictEqual((yield* promise(() => send(url, { body: whole, headers }))).status, 200)
      const more = yield* promise(() => send(url, { body: `${whole} `, headers }))
      assert.strictEqual(more.status, 413)
      assert.include(more.text, "max_frame_bytes")
    })
  )

  it.effect("is refused at once when its length says too much, and the connection is closed", () =>
    Effect.gen(function* () {
      const { url } = yield* edge()
      const raw = new RawConnection(url).send("POST /mcp", head(url, `Content-Length: ${bodyBytes + 1}`))
      assert.strictEqual(yield* promise(() => raw.status()), 413)
      assert.match(raw.text, /^connection: close/im)
      yield* promise(() => raw.closed)
    })
  )

  it.effect("is counted when it comes in chunks, and the connection is closed", () =>
    Effect.gen(function* () {
      const { url } = yield* edge()
      const raw = new RawConnection(url).send("POST /mcp", head(url, "Transfer-Encoding: chunked"))
      for (let sent = 0; sent <= bodyBytes; sent += 1_024) raw.socket.write(`400\r\n${"x".repeat(1_024)}\r\n`)
      assert.strictEqual(yield* promise(() => raw.status()), 413)
      yield* promise(() => raw.closed)
    })
  )

  it.effect("may come byte by byte", () =>
    Effect.gen(function* () {
      const { client, url } = yield* edge()
      const { body, headers } = client().modern("tools/list", { cursor: undefined, pad: "ä".repeat(300) })
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`)
      const raw = new RawConnection(url).send("POST /mcp", head(url, "Transfer-Encoding: chunked", ...lines))
      for (const byte of Buffer.from(JSON.stringify(body))) {
        raw.socket.write(Buffer.from([0x31, 0x0d, 0x0a, byte, 0x0d, 0x0a]))
      }
      raw.socket.write("0\r\n\r\n")
      assert.strictEqual(yield* promise(() => raw.status()), 200)
      raw.leave()
    })
  )

  it.effect("is asked for only when nothing stands against the request", () =>
    Effect.gen(function* () {
      const { client, url } = yield* edge()
      const { body, headers } = client().modern("tools/list")
      const text = JSON.stringify(body)
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`)
      const expect = ["Expect: 100-continue", `Content-Length: ${text.length}`]
      const good = new RawConnection(url).send("POST /mcp", head(url, ...expect, ...lines))
      yield* promise(() => good.until(/100 Continue/))
      good.socket.write(text)
      yield* promise(() => good.until(/HTTP\/1\.1 200 /))
      good.leave()
      const bad = new RawConnection(url).send("POST /nowhere", head(url, ...expect))
      assert.strictEqual(yield* promise(() => bad.status()), 404)
      yield* promise(() => bad.closed)
      assert.notInclude(bad.text, "100 Continue")
    })
  )

  it.effect("of a request that is refused for something else is left unread, and the connection goes on", () =>
    Effect.gen(function* () {
      const { client, url } = yield* edge()
      const { body, headers } = client().modern("tools/list")
      const text = JSON.stringify(body)
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`)
      const raw = new RawConnection(url)
      raw.send("POST /nowhere", head(url, `Content-Length: ${text.length}`), text)
      raw.send("POST /mcp", head(url, `Content-Length: ${text.length}`, ...lines), text)
      yield* promise(() => raw.until(/HTTP\/1\.1 404 [\s\S]*HTTP\/1\.1 200 /))
      raw.leave()
    })
  )
})
