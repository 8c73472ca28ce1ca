import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { listeningBounds, reopenMillis } from "../../src/backend/HttpListening.ts"
import type { Arrival } from "./httpServer.ts"
import { connectSession, event, httpLayer, httpServer, httpSpec, sessionScript } from "./httpServer.ts"

const note = { jsonrpc: "2.0", method: "notifications/message", params: {} }

/** A session whose GETs are answered by the script, one after the other; `gets` is what came. */
const listening = Effect.fnUntraced(function* (script: (arrival: Arrival, count: number) => void) {
  const gets: Array<Arrival> = []
  const { url } = yield* httpServer(
    sessionScript((arrival) => {
      if (arrival.method !== "GET") return arrival.result({})
      gets.push(arrival)
      script(arrival, gets.length)
    })
  )
  return { gets, ...(yield* connectSession(httpSpec(url))) }
})

const end = (arrival: Arrival, text: string): void => {
  arrival.events(text)
  arrival.response.end()
}

it.live("replies have no place on the server's own stream: they are dropped", () =>
  Effect.gen(function* () {
    const strays = [
      { jsonrpc: "2.0", id: "sg:1", result: { stolen: true } },
      { result: {}, jsonrpc: "2.0", id: "sg:1" },
      { jsonrpc: "2.0", id: "sg:1", error: { code: 1, message: "" } },
      { id: "sg:1", jsonrpc: "2.0", result: {} },
      { jsonrpc: "2.0", id: null, error: { code: 1, message: "" } },
      { jsonrpc: "2.0", id: "sg:1", result: 5 }
    ]
    const ask = { jsonrpc: "2.0", id: 1, method: "ping" }
    const { witness } = yield* listening((arrival) => {
      arrival.events([...strays, ask, note].map((message) => event(message)).join(""))
    })
    yield* witness.until(() => witness.frames().length > 2)
    assert.deepStrictEqual(witness.frames().slice(1), [ask, note])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("an event id that no header can carry is none, and the line does not end by it", () =>
  Effect.gen(function* () {
    const { gets, witness } = yield* listening((arrival, count) =>
      end(arrival, `retry: 50\n${event(note, count === 1 ? "a\u0001b" : "2")}`)
    )
    yield* witness.until(() => witness.frames().length === 4 || witness.exits.length > 0)
    assert.deepStrictEqual(witness.exits, [])
    assert.deepStrictEqual(
      gets.slice(0, 3).map(({ headers }) => headers["last-event-id"]),
      [undefined, undefined, "2"]
    )
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a server that is too busy is asked again, however long the body of its refusal is", () =>
  Effect.gen(function* () {
    const { gets, witness } = yield* listening((arrival, count) => {
      if (count > 1) return arrival.events(event(note))
      arrival.response.writeHead(503).write("an open body")
    })
    yield* witness.until(() => witness.frames().length === 2)
    assert.isTrue(gets[0]?.response.destroyed, "the refusal keeps no connection")
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a server that does not know the event is asked once more without it", () =>
  Effect.gen(function* () {
    const { gets, witness } = yield* listening((arrival, count) => {
      if (count === 1) end(arrival, `retry: 50\n${event(note, "1")}`)
      else if (arrival.headers["last-event-id"] !== undefined) arrival.response.writeHead(400).end()
      else arrival.events(event(note))
    })
    yield* witness.until(() => witness.frames().length === 3)
    assert.deepStrictEqual(
      gets.map(({ headers }) => headers["last-event-id"]),
      [undefined, "1", undefined]
    )
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it("a server may ask for a pause of a minute at most", () => {
  const { retryLeastMillis, retryMillis, retryMostMillis, wantedMostMillis } = listeningBounds
  assert.strictEqual(wantedMostMillis, 60_000)
  assert.deepStrictEqual(
    [undefined, 0, 30_000, 999_999_999].map((retry) => reopenMillis(retry, 0)),
    [retryMillis, retryLeastMillis, 30_000, wantedMostMillis]
  )
  assert.deepStrictEqual(
    [1, 2, 50].map((vain) => reopenMillis(undefined, vain)),
    [2_000, 4_000, retryMostMillis]
  )
})
