import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Arrival } from "./httpServer.ts"
import {
  connectHttp,
  connectSession,
  event,
  eventually,
  httpLayer,
  httpServer,
  httpSpec,
  sessionScript,
  stopServer
} from "./httpServer.ts"

const listed = (arrival: Arrival): void =>
  arrival.method === "GET" ? void arrival.response.writeHead(405).end() : arrival.result({ tools: [] })

it.live("the session and the negotiated version go with every message after initialize", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(sessionScript(listed))
    const { legacy, transport, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    transport.write('{"jsonrpc":"2.0","id":7,"result":{}}', { _tag: "Reply" })
    yield* eventually(() => arrivals.length === 5)
    const seen = arrivals.map(({ headers, method, rpc }) => [
      rpc.method ?? method,
      headers["mcp-session-id"],
      headers["mcp-protocol-version"],
      headers["mcp-method"]
    ])
    assert.deepStrictEqual(seen[0], ["initialize", undefined, undefined, undefined])
    assert.deepStrictEqual(
      new Set(seen.slice(1).map(([what]) => what)),
      new Set(["notifications/initialized", "GET", "tools/list", "POST"])
    )
    assert.isTrue(
      seen
        .slice(1)
        .every(([, id, version, method]) => id === "session-1" && version === "2025-11-25" && method === undefined)
    )
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("nothing overtakes notifications/initialized", () =>
  Effect.gen(function* () {
    let initialized: Arrival | undefined
    const { arrivals, url } = yield* httpServer((arrival) => {
      if (arrival.rpc.method === "notifications/initialized") initialized = arrival
      else sessionScript(listed)(arrival)
    })
    const { legacy, notify, transport, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/list")
    legacy("sg:2", "tools/list")
    notify("notifications/cancelled", { requestId: "sg:2" })
    yield* eventually(() => initialized !== undefined)
    assert.deepStrictEqual(
      arrivals.map(({ rpc }) => rpc.method),
      ["initialize", "notifications/initialized"]
    )
    assert.isAbove(transport.backlogBytes(), 0)
    initialized?.response.writeHead(202).end()
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    assert.isFalse(arrivals.some(({ rpc }) => rpc.id === "sg:2" || rpc.method === "notifications/cancelled"))
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("nothing overtakes the stream on which the server may ask", () =>
  Effect.gen(function* () {
    let stream: Arrival | undefined
    const { arrivals, url } = yield* httpServer(
      sessionScript((arrival) => {
        if (arrival.method === "GET") stream = arrival
        else arrival.result({ tools: [] })
      })
    )
    const { legacy, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/list")
    yield* eventually(() => stream !== undefined)
    assert.isFalse(arrivals.some(({ rpc }) => rpc.id === "sg:1"))
    stream?.events(":\n\n")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a server that leaves it open whether it has such a stream is waited for a second, no longer", () =>
  Effect.gen(function* () {
    const { url } = yield* httpServer(
      sessionScript((arrival) => (arrival.method === "GET" ? undefined : arrival.result({ tools: [] })))
    )
    const { legacy, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("the server's own stream is read, and opened again from its last event on", () =>
  Effect.gen(function* () {
    const changed = { jsonrpc: "2.0", method: "notifications/tools/list_changed" }
    const streams: Array<Arrival> = []
    const { url } = yield* httpServer(
      sessionScript((arrival) => {
        streams.push(arrival)
        arrival.events(`retry: 60\n${event(changed, `e${streams.length}`)}`)
        if (streams.length === 1) arrival.response.end()
      })
    )
    const { witness } = yield* connectSession(httpSpec(url))
    yield* witness.until(() => witness.frames().length === 3)
    assert.deepStrictEqual(
      streams.map(({ headers }) => [headers.accept, headers["last-event-id"], headers["mcp-session-id"]]),
      [
        ["text/event-stream", undefined, "session-1"],
        ["text/event-stream", "e1", "session-1"]
      ]
    )
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a server without a stream of its own is asked for it once", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(sessionScript(listed))
    const { legacy, witness } = yield* connectSession(httpSpec(url))
    for (let index = 1; index <= 20; index++) {
      legacy(`sg:${index}`, "tools/list")
      yield* witness.until(() => witness.replyTo(`sg:${index}`) !== undefined)
    }
    assert.strictEqual(arrivals.filter(({ method }) => method === "GET").length, 1)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a cancelled request is told about in its session, and its stream ends after that", () =>
  Effect.gen(function* () {
    const order: Array<string> = []
    const { arrivals, url } = yield* httpServer(
      sessionScript((arrival) => {
        if (arrival.rpc.method === "tools/call") return void arrival.response.on("close", () => order.push("closed"))
        if (arrival.rpc.method === "notifications/cancelled") {
          order.push("cancelled")
          return void arrival.response.writeHead(202).end()
        }
        listed(arrival)
      })
    )
    const { legacy, notify, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/call", { name: "hang" })
    yield* eventually(() => arrivals.some(({ rpc }) => rpc.id === "sg:1"))
    notify("notifications/cancelled", { requestId: "sg:1" })
    yield* eventually(() => order.length === 2)
    assert.deepStrictEqual(order, ["cancelled", "closed"])
    assert.deepStrictEqual(witness.failures, [])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("the end of the line ends the session, after everything else", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(
      sessionScript((arrival) => void (arrival.method === "GET" && arrival.events(": open\n\n")))
    )
    const closed: Array<string> = []
    yield* Effect.gen(function* () {
      const { legacy } = yield* connectSession(httpSpec(url))
      legacy("sg:1", "tools/call", { name: "hang" })
      yield* eventually(() => arrivals.length === 4)
      for (const { method, response } of arrivals) response.on("close", () => closed.push(method))
    }).pipe(Effect.scoped)
    const last = arrivals.at(-1)
    assert.deepStrictEqual([last?.method, last?.headers["mcp-session-id"]], ["DELETE", "session-1"])
    yield* eventually(() => closed.includes("GET") && closed.includes("POST"))
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a server that does not answer the goodbye holds the stop up for no more than a second", () =>
  Effect.gen(function* () {
    const { url } = yield* httpServer((arrival) => {
      if (arrival.method !== "DELETE") sessionScript(listed)(arrival)
    })
    const from = performance.now()
    yield* connectSession(httpSpec(url)).pipe(Effect.scoped)
    assert.isBelow(performance.now() - from, 3_000)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

for (const [status, error] of [
  [404, { code: -32001, message: "Session not found" }],
  [400, { code: -32000, message: "Bad Request: No valid session ID provided" }]
] as const) {
  it.live(`calls that find the session forgotten (${status}) were not sent, and the line can be renewed`, () =>
    Effect.gen(function* () {
      let knows = true
      const { url } = yield* httpServer((arrival) => {
        if (knows || arrival.rpc.method === "initialize") return sessionScript(listed)(arrival)
        arrival.json(status, { jsonrpc: "2.0", id: null, error })
      })
      const { legacy, witness } = yield* connectSession(httpSpec(url))
      legacy("sg:0", "tools/list")
      yield* witness.until(() => witness.replyTo("sg:0") !== undefined)
      knows = false
      for (const id of ["sg:1", "sg:2", "sg:3"]) legacy(id, "tools/list")
      yield* witness.until(() => witness.exits.length > 0)
      const [exit] = witness.exits
      assert.deepStrictEqual([exit?.reason, exit?.renewable], ["ended the session", true])
      assert.deepStrictEqual(exit?.unsent?.toSorted(), ["sg:1", "sg:2", "sg:3"])
      assert.deepStrictEqual(witness.told, ["frames", "frames", "exit"], "they are told with the end, not before it")
    }).pipe(Effect.scoped, Effect.provide(httpLayer()))
  )
}

it.live("a call that the server still works on is answered before a forgotten session ends the line", () =>
  Effect.gen(function* () {
    let slow: Arrival | undefined
    const { arrivals, url } = yield* httpServer(
      sessionScript((arrival) => {
        if (arrival.rpc.id === "sg:1") slow = arrival
        else if (arrival.rpc.id === "sg:2") arrival.json(404, {})
        else listed(arrival)
      })
    )
    const { legacy, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/call", { name: "slow" })
    yield* eventually(() => slow !== undefined)
    legacy("sg:2", "tools/list")
    yield* eventually(() => arrivals.some(({ rpc }) => rpc.id === "sg:2"))
    legacy("sg:3", "tools/list")
    slow?.result({ done: true })
    yield* witness.until(() => witness.exits.length > 0)
    assert.isDefined(witness.replyTo("sg:1"))
    assert.deepStrictEqual(witness.exits[0]?.unsent?.toSorted(), ["sg:2", "sg:3"])
    assert.deepStrictEqual(witness.failures, [])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("an idle line learns from its stream that the server is gone", () =>
  Effect.gen(function* () {
    const { server, url } = yield* httpServer(sessionScript((arrival) => arrival.events("retry: 50\ndata:\n\n")))
    const { witness } = yield* connectSession(httpSpec(url))
    yield* eventually(() => server.listening)
    yield* stopServer(server)
    yield* witness.until(() => witness.exits.length > 0)
    assert.match(
      witness.exits[0]?.reason ?? "",
      /^could not be reached at 127\.0\.0\.1:\d+ \(ECONNREFUSED\): nothing listens/
    )
    assert.isUndefined(witness.exits[0]?.renewable)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a line to a server without sessions says no goodbye", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer((arrival) => arrival.result({ protocolVersion: "2025-06-18" }))
    yield* Effect.gen(function* () {
      const { initialize, witness } = yield* connectHttp(httpSpec(url))
      initialize("sg:1")
      yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    }).pipe(Effect.scoped)
    assert.deepStrictEqual(
      arrivals.map(({ method }) => method),
      ["POST"]
    )
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)
