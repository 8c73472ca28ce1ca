import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { endpointLength } from "../../src/backend/HttpLegacy.ts"
import type { Arrival, Script } from "./httpServer.ts"
import { connectHttp, event, eventually, httpLayer, httpServer, httpSpec, modernMeta } from "./httpServer.ts"

/** A server of 2024-11-05: one stream, and messages to the path that it names. */
const olderServer = (endpoint = "/messages?session=1") => {
  let stream: Arrival | undefined
  const script: Script = (arrival) => {
    if (arrival.path === "/mcp" && arrival.method === "POST") return void arrival.response.writeHead(405).end()
    if (arrival.method === "GET") {
      stream = arrival
      return arrival.events(`event: endpoint\ndata: ${endpoint}\n\n`)
    }
    arrival.response.writeHead(202).end("Accepted")
    if (arrival.rpc.id !== undefined) {
      stream?.events(event({ jsonrpc: "2.0", id: arrival.rpc.id, result: { method: arrival.rpc.method } }))
    }
  }
  return { script, stream: () => stream }
}

for (const transport of ["auto", "sse"] as const) {
  it.live(`a server of 2024-11-05 is reached with transport = "${transport}"`, () =>
    Effect.gen(function* () {
      const { script } = olderServer()
      const { arrivals, url } = yield* httpServer(script)
      const line = yield* connectHttp(httpSpec(url, { transport, headers: { "x-key": "k" } }))
      const { legacy, notify, request, witness } = line
      request("sg:0", "server/discover", { _meta: modernMeta }, undefined)
      yield* witness.until(() => witness.replyTo("sg:0") !== undefined)
      line.initialize("sg:1")
      yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
      notify("notifications/initialized")
      legacy("sg:2", "tools/list")
      yield* witness.until(() => witness.replyTo("sg:2") !== undefined)
      const paths = arrivals
        .filter(({ rpc }) => rpc.id !== "sg:0")
        .map(({ method, path, rpc }) => `${rpc.method ?? method} ${path}`)
      const beginning = transport === "auto" ? ["initialize /mcp"] : []
      assert.deepStrictEqual(paths, [
        ...beginning,
        "GET /mcp",
        "initialize /messages?session=1",
        "notifications/initialized /messages?session=1",
        "tools/list /messages?session=1"
      ])
      assert.isTrue(arrivals.every(({ headers }) => headers["x-key"] === "k"))
      assert.deepStrictEqual(witness.failures, [])
    }).pipe(Effect.scoped, Effect.provide(httpLayer()))
  )
}

it.live("the end of its stream is the end of the line", () =>
  Effect.gen(function* () {
    const { script, stream } = olderServer()
    const { url } = yield* httpServer(script)
    const { initialize, witness } = yield* connectHttp(httpSpec(url, { transport: "sse" }))
    initialize("sg:1")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    stream()?.response.end()
    yield* witness.until(() => witness.exits.length > 0)
    assert.deepStrictEqual(witness.exits, [{ reason: "closed its event stream" }])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("messages, which carry credentials, are never sent to another origin", () =>
  Effect.gen(function* () {
    for (const endpoint of ["http://127.0.0.1:1/messages", "//evil.example/x", "https://127.0.0.1/x", "http://[bad"]) {
      const { arrivals, url } = yield* httpServer(olderServer(endpoint).script)
      const { initialize, witness } = yield* connectHttp(httpSpec(url, { transport: "sse" }))
      initialize("sg:1")
      yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
      assert.match(JSON.stringify(witness.replyTo("sg:1")), /-31011.*named an endpoint of another origin/)
      assert.isFalse(arrivals.some(({ method }) => method === "POST"))
    }
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a server of neither kind is told as the newer transport found it", () =>
  Effect.gen(function* () {
    const { url } = yield* httpServer((arrival) => void arrival.response.writeHead(404).end())
    const { initialize, witness } = yield* connectHttp(httpSpec(url, { transport: "auto" }))
    initialize("sg:1")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    const message =
      'backend "example" answered with HTTP status 404 (Not Found); nor does it offer the older HTTP+SSE: it answered with HTTP status 404 (Not Found)'
    assert.deepStrictEqual(witness.replyTo("sg:1")?.["error"], { code: -31011, message })
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a JSON-RPC error to initialize is the answer: no older transport is tried", () =>
  Effect.gen(function* () {
    const error = { code: -32602, message: "no" }
    const { arrivals, url } = yield* httpServer((arrival) => arrival.json(400, { jsonrpc: "2.0", id: null, error }))
    const { initialize, witness } = yield* connectHttp(httpSpec(url, { transport: "auto" }))
    initialize("sg:1")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    assert.deepStrictEqual(witness.replyTo("sg:1")?.["error"], error)
    assert.strictEqual(arrivals.length, 1)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("the stop of the line closes its stream, without a goodbye", () =>
  Effect.gen(function* () {
    const { script, stream } = olderServer()
    const { arrivals, url } = yield* httpServer(script)
    let closed = false
    yield* Effect.gen(function* () {
      const { initialize, witness } = yield* connectHttp(httpSpec(url, { transport: "sse" }))
      initialize("sg:1")
      yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
      stream()?.response.on("close", () => (closed = true))
    }).pipe(Effect.scoped)
    yield* eventually(() => closed)
    assert.isFalse(arrivals.some(({ method }) => method === "DELETE"))
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a message that finds nobody fails by itself while the stream stands, and calls go on on it", () =>
  Effect.gen(function* () {
    const { script, stream } = olderServer()
    const { server, url } = yield* httpServer((arrival) => {
      // Each message needs a connection of its own.
      if (arrival.method === "POST") arrival.response.setHeader("connection", "close")
      if (arrival.rpc.method !== "tools/call") return script(arrival)
      arrival.response.writeHead(202).end()
      server.close()
    })
    const { initialize, legacy, witness } = yield* connectHttp(httpSpec(url, { transport: "sse" }))
    initialize("sg:1")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    legacy("sg:2", "tools/call", { name: "slow" })
    yield* eventually(() => !server.listening)
    legacy("sg:3", "tools/list")
    yield* witness.until(() => witness.told.length > 1)
    assert.deepStrictEqual(
      witness.failures.map(({ id, sent }) => [id, sent]),
      [["sg:3", false]]
    )
    stream()?.events(event({ jsonrpc: "2.0", id: "sg:2", result: { done: true } }))
    yield* witness.until(() => witness.replyTo("sg:2") !== undefined || witness.exits.length > 0)
    assert.deepStrictEqual(witness.exits, [])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a path for its messages beyond the bound is not used", () =>
  Effect.gen(function* () {
    for (const [length, taken] of [
      [endpointLength, true],
      [endpointLength + 1, false]
    ] as const) {
      const { arrivals, url } = yield* httpServer(olderServer(`/m?${"x".repeat(length - 3)}`).script)
      const { initialize, witness } = yield* connectHttp(httpSpec(url, { transport: "sse" }))
      initialize("sg:1")
      yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
      const reply = JSON.stringify(witness.replyTo("sg:1"))
      assert.strictEqual(reply.includes("named an endpoint of more than 4096 characters for its messages"), !taken)
      assert.strictEqual(
        arrivals.some(({ method }) => method === "POST"),
        taken
      )
    }
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)
