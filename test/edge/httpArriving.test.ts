import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { httpEdge } from "./httpEdge.ts"
import { RawConnection } from "./rawHttp.ts"

const promise = Effect.promise
const bodyBytesInAll = 10_000
const edge = httpEdge({ backends: [], httpBounds: { bodyBytesInAll } })

/** A POST that says that it has 8,000 bytes. */
const begin = (url: string) =>
  new RawConnection(url).send("POST /mcp", [
    `Host: ${new URL(url).host}`,
    "Content-Type: application/json",
    "Content-Length: 8000"
  ])

const piece = "x".repeat(4_000)

/** Whether the gateway has all that was sent so far cannot be seen; that another request is answered says it. */
const arrived = (edge: { client: () => { ask: (method: string) => Promise<unknown> } }) =>
  promise(async () => {
    for (let n = 0; n < 5; n++) await edge.client().ask("server/discover")
  })

describe("INV-32 bodies that are still arriving", () => {
  it.effect("have a bound in all: beyond it 503 with Retry-After, and the connection is closed", () =>
    Effect.gen(function* () {
      const { client, url } = yield* edge
      const slow = [begin(url), begin(url)]
      for (const raw of slow) raw.socket.write(piece)
      yield* arrived({ client })
      const late = begin(url)
      late.socket.write(piece)
      assert.strictEqual(yield* promise(() => late.status()), 503)
      yield* promise(() => late.closed)
      assert.match(late.text, /^retry-after: 1\r$/im)
      assert.match(late.text, /^connection: close\r$/im)
      assert.include(late.text, "-31001")
      // Nobody else is refused: a body that comes at once waits for nothing.
      const answer = yield* promise(() => client().ask("tools/list", { pad: "y".repeat(6_000) }))
      assert.strictEqual(answer.status, 200)
      for (const raw of slow) raw.leave()
    })
  )

  it.effect("make room when they are whole, refused, or when their client goes away", () =>
    Effect.gen(function* () {
      const { client, url } = yield* edge
      for (let n = 0; n < 4; n++) {
        const [whole, left, large] = [begin(url), begin(url), begin(url)]
        for (const raw of [left, whole]) {
          raw.socket.write(piece)
          yield* arrived({ client })
        }
        large.socket.write(piece)
        assert.strictEqual(yield* promise(() => large.status()), 503)
        whole.socket.write(piece)
        assert.strictEqual(yield* promise(() => whole.status()), 400)
        left.leave()
        yield* promise(() => left.closed)
        yield* arrived({ client })
        for (const raw of [whole, large]) raw.leave()
      }
    })
  )
})
