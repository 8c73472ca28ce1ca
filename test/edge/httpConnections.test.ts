import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { CannotListen } from "../../src/edge/CannotListen.ts"
import { httpEdge } from "./httpEdge.ts"
import { RawConnection } from "./rawHttp.ts"

const promise = Effect.promise

describe("HTTP connections", () => {
  it.effect("INV-32 are at most so many: one more is closed as it comes", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [], httpBounds: { connections: 2 } })
      const [first, second] = [new RawConnection(url), new RawConnection(url)]
      const line = [`Host: ${new URL(url).host}`]
      for (const raw of [first, second]) yield* promise(() => raw.send("GET /mcp", line).status())
      const third = new RawConnection(url)
      yield* promise(() => third.closed)
      assert.strictEqual(third.text, "")
      first.leave()
      second.leave()
      for (let status = 0; status !== 200;) {
        status = yield* promise(() =>
          client()
            .ask("tools/list")
            .then(
              ({ status }) => status,
              () => 0
            )
        )
      }
    })
  )

  it.effect("are closed when a request takes too long to come", () =>
    Effect.gen(function* () {
      const { url } = yield* httpEdge({ backends: [], httpBounds: { requestMillis: 100 } })
      const head = new RawConnection(url)
      head.socket.write("POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
      const body = new RawConnection(url)
      body.send("POST /mcp", ["Host: localhost", "Content-Type: application/json", "Content-Length: 100"], "{")
      yield* promise(() => Promise.all([head.closed, body.closed]))
      assert.include(head.text, "408")
      assert.include(body.text, "408")
    })
  )

  it.effect("carry one request after the other", () =>
    Effect.gen(function* () {
      const { url } = yield* httpEdge({ backends: [] })
      const raw = new RawConnection(url)
      for (let n = 1; n <= 3; n++) {
        raw.send("GET /mcp", [`Host: ${new URL(url).host}`])
        yield* promise(() => raw.until(new RegExp(`(HTTP/1.1 405[^]*){${n}}`)))
      }
      raw.leave()
    })
  )

  it.effect("are refused by Node where the request is no HTTP", () =>
    Effect.gen(function* () {
      const { url } = yield* httpEdge({ backends: [] })
      for (const text of [
        "hello\r\n\r\n",
        "GET /mcp HTTP/1.1\r\n\r\n",
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
      ]) {
        const raw = new RawConnection(url)
        raw.socket.write(text)
        assert.strictEqual(yield* promise(() => raw.status()), 400, text)
        yield* promise(() => raw.closed)
      }
    })
  )
})

describe("a gateway that can't listen", () => {
  it.effect("says so when the port is taken, and how to find by whom", () =>
    Effect.gen(function* () {
      const { serving } = yield* httpEdge({ backends: [] })
      const second = yield* Effect.flip(httpEdge({ backends: [], http: { port: serving.port } }))
      assert.instanceOf(second, CannotListen)
      assert.strictEqual(second.reason, "taken")
      assert.include(second.message, `sport = :${serving.port}`)
    })
  )

  it.effect("does not serve others as long as everyone counts as the local user", () =>
    Effect.gen(function* () {
      for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
        const refused = yield* Effect.flip(httpEdge({ backends: [], http: { host } }))
        assert.strictEqual(refused.reason, "open")
        assert.include(refused.message, host)
      }
    })
  )

  it.effect("says so when the address is not this machine's", () =>
    Effect.gen(function* () {
      const authenticate = () => Effect.succeed({ id: "someone" })
      const refused = yield* Effect.flip(httpEdge({ backends: [], http: { host: "192.0.2.1" }, authenticate }))
      assert.strictEqual(refused.reason, "absent")
    })
  )
})
