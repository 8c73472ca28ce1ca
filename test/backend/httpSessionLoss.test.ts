import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Arrival } from "./httpServer.ts"
import { connectSession, event, httpLayer, httpServer, httpSpec, sessionScript } from "./httpServer.ts"

/** What becomes of one request in a session that its server refuses like this. */
const refused = Effect.fnUntraced(function* (method: string, refuse: (arrival: Arrival) => void) {
  const { url } = yield* httpServer(
    sessionScript((arrival) =>
      arrival.method === "GET" ? void arrival.response.writeHead(405).end() : refuse(arrival)
    )
  )
  const { legacy, witness } = yield* connectSession(httpSpec(url))
  legacy("sg:1", method, {})
  yield* witness.until(() => witness.told.length > 1)
  const [exit] = witness.exits
  if (exit === undefined) return { answer: witness.replyTo("sg:1")?.["error"] ?? witness.replyTo("sg:1")?.["result"] }
  return { renewable: exit.renewable, unsent: exit.unsent }
})

const lost = { renewable: true, unsent: ["sg:1"] }

const asError = (status: number, id: unknown, code: number, message: string) => (arrival: Arrival) =>
  arrival.json(status, { jsonrpc: "2.0", ...(id === undefined ? {} : { id }), error: { code, message } })

it.live("a 400 with the words of a known server says that the session is lost", () =>
  Effect.gen(function* () {
    for (const [id, code, message] of [
      [null, -32000, "Bad Request: Server not initialized"],
      [undefined, -32000, "bad request: no valid session ID provided."],
      [null, -32001, " Session not found "],
      [null, -32000, "Invalid or missing session ID"],
      ["sg:1", -32000, "Invalid session ID"]
    ] as const) {
      assert.deepStrictEqual(yield* refused("tools/list", asError(400, id, code, message)), lost, message)
    }
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a 400 with any other words is the answer, and so is every one that names a tool call", () =>
  Effect.gen(function* () {
    const message = "payment made, but the checkout session could not be closed"
    for (const id of ["sg:1", null]) {
      const told = yield* refused("tools/call", asError(400, id, -32000, message))
      assert.deepStrictEqual(told, { answer: { code: -32000, message } })
    }
    const known = { code: -32001, message: "Session not found" }
    assert.deepStrictEqual(yield* refused("tools/call", asError(400, "sg:1", known.code, known.message)), {
      answer: known
    })
    assert.deepStrictEqual(yield* refused("tools/call", asError(400, null, known.code, known.message)), lost)
    const other = { code: -32600, message: "Session not found" }
    assert.deepStrictEqual(yield* refused("tools/list", asError(400, null, other.code, other.message)), {
      answer: other
    })
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a 404 is a lost session unless its body answers the request by name", () =>
  Effect.gen(function* () {
    const error = { code: -32602, message: "no such document" }
    assert.deepStrictEqual(yield* refused("tools/call", asError(404, "sg:1", error.code, error.message)), {
      answer: error
    })
    const done = { jsonrpc: "2.0", id: "sg:1", result: { done: true } }
    assert.deepStrictEqual(yield* refused("tools/call", (arrival) => arrival.json(404, done)), {
      answer: { done: true }
    })
    const refusals: ReadonlyArray<(arrival: Arrival) => void> = [
      asError(404, "sg:1", -32001, "Session not found"),
      asError(404, "sg:1", -32000, "whatever"),
      asError(404, null, error.code, error.message),
      asError(404, "sg:9", error.code, error.message),
      (arrival) => arrival.json(404, { detail: "Not Found" }),
      (arrival) => arrival.response.writeHead(404, { "content-type": "application/json" }).end("{"),
      (arrival) => arrival.response.writeHead(404).write("a page that never ends"),
      (arrival) => {
        arrival.response.writeHead(404, { "content-type": "application/json", "content-length": "100" })
        arrival.response.write("{", () => arrival.response.socket?.destroy())
      }
    ]
    for (const [index, refuse] of refusals.entries()) {
      assert.deepStrictEqual(yield* refused("tools/call", refuse), lost, `refusal ${index}`)
    }
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a server that answers a first GET with 404 has no stream of its own, and its session stands", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(
      sessionScript((arrival) => {
        if (arrival.method === "GET") arrival.response.writeHead(404).end("Cannot GET /mcp")
        else arrival.result({})
      })
    )
    const { legacy, witness } = yield* connectSession(httpSpec(url))
    for (const id of ["sg:1", "sg:2"]) {
      legacy(id, "tools/list")
      yield* witness.until(() => witness.replyTo(id) !== undefined || witness.exits.length > 0)
    }
    assert.deepStrictEqual(witness.exits, [])
    assert.strictEqual(arrivals.filter(({ method }) => method === "GET").length, 1)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a 404 where there was a stream says that the session is lost", () =>
  Effect.gen(function* () {
    let streams = 0
    const { url } = yield* httpServer(
      sessionScript((arrival) => {
        if (++streams > 1) return void arrival.response.writeHead(404).end()
        arrival.events(`retry: 50\n${event({ jsonrpc: "2.0", method: "notifications/message", params: {} })}`)
        arrival.response.end()
      })
    )
    const { witness } = yield* connectSession(httpSpec(url))
    yield* witness.until(() => witness.exits.length > 0)
    assert.deepStrictEqual(witness.exits, [{ reason: "ended the session", renewable: true }])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a 400 that misses what a handshake said is of a server of the other era, unless it names a tool call", () =>
  Effect.gen(function* () {
    const message = "Header mismatch: Mcp-Method header is missing"
    for (const code of [-32020, -32022]) {
      assert.deepStrictEqual(yield* refused("tools/list", asError(400, "sg:1", code, message)), lost)
      assert.deepStrictEqual(yield* refused("tools/call", asError(400, null, code, message)), lost)
      assert.deepStrictEqual(yield* refused("tools/call", asError(400, "sg:1", code, message)), {
        answer: { code, message }
      })
    }
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)
