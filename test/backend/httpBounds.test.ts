import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { connectionsOf } from "../../src/backend/HttpConnector.ts"
import type { Arrival } from "./httpServer.ts"
import {
  connectHttp,
  connectSession,
  event,
  eventually,
  httpLayer,
  httpServer,
  httpSpec,
  sessionScript
} from "./httpServer.ts"

it.live("a body beyond the bound is told and not read on", () =>
  Effect.gen(function* () {
    let closed = false
    const { url } = yield* httpServer((arrival) => {
      arrival.response.writeHead(200, { "content-type": "application/json" })
      const more = () => {
        if (!closed) arrival.response.write("x".repeat(1_000), more)
      }
      arrival.response.on("close", () => (closed = true))
      more()
    })
    const { modern, witness } = yield* connectHttp(httpSpec(url, {}, { frameBytes: 10_000 }))
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.failures.length > 0)
    yield* eventually(() => closed)
    assert.strictEqual(witness.oversize.length, 1)
    assert.isAbove(witness.oversize[0] ?? 0, 10_000)
    assert.deepStrictEqual(witness.failures, [
      { id: "sg:1", reason: "sent an answer of more than 10000 bytes", sent: true }
    ])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("an event beyond the bound is told, before its end", () =>
  Effect.gen(function* () {
    const { url } = yield* httpServer((arrival) => {
      arrival.events(event({ jsonrpc: "2.0", method: "notifications/message" }))
      arrival.events(`data: ${"x".repeat(20_000)}`)
    })
    const { modern, witness } = yield* connectHttp(httpSpec(url, {}, { frameBytes: 10_000 }))
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.failures.length > 0)
    assert.deepStrictEqual(witness.told, ["frames", "oversize", "failed sg:1"])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a body that comes in drops costs no more than its bytes, and is whole in the end", () =>
  Effect.gen(function* () {
    const text = "ž".repeat(3_000)
    const { url } = yield* httpServer((arrival) => {
      const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: arrival.rpc.id, result: { text } }))
      arrival.response.writeHead(200, { "content-type": "application/json" })
      for (const byte of body) arrival.response.write(Buffer.of(byte))
      arrival.response.end()
    })
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    assert.deepStrictEqual(witness.replyTo("sg:1")?.["result"], { text })
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("more headers than anyone needs fail the request", () =>
  Effect.gen(function* () {
    const { url } = yield* httpServer((arrival) => arrival.result({}, { "x-long": "x".repeat(40_000) }))
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.failures.length > 0)
    assert.deepStrictEqual(witness.failures, [{ id: "sg:1", reason: "sent more headers than are read", sent: true }])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("streams that go on after their reply are cut off, the oldest first", () =>
  Effect.gen(function* () {
    const open = new Set<unknown>()
    const { url } = yield* httpServer((arrival) => {
      open.add(arrival.rpc.id)
      arrival.response.on("close", () => open.delete(arrival.rpc.id))
      arrival.events(event({ jsonrpc: "2.0", id: arrival.rpc.id, result: {} }))
    })
    const { modern, witness } = yield* connectHttp(httpSpec(url, {}, { inFlight: 3 }))
    for (let index = 1; index <= 10; index++) {
      modern(`sg:${index}`, "tools/list")
      yield* witness.until(() => witness.replyTo(`sg:${index}`) !== undefined)
    }
    yield* eventually(() => open.size === 3)
    assert.deepStrictEqual([...open], ["sg:8", "sg:9", "sg:10"])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a server that takes nothing gets no more connections than the bound, and what waits is counted", () =>
  Effect.gen(function* () {
    const sockets = new Set<unknown>()
    const held: Array<Arrival> = []
    const { server, url } = yield* httpServer((arrival) => held.push(arrival))
    server.on("connection", (socket) => sockets.add(socket))
    const spec = httpSpec(url, {}, { inFlight: 1 })
    const most = connectionsOf(spec)
    const { modern, transport, witness } = yield* connectHttp(spec)
    const text = "x".repeat(1_000)
    for (let index = 0; index < most + 50; index++) modern(`sg:${index}`, "tools/call", { name: "echo", text })
    yield* eventually(() => held.length === most)
    assert.strictEqual(sockets.size, most)
    assert.isAbove(transport.backlogBytes(), (most + 50) * 1_000)
    transport.kill()
    assert.strictEqual(transport.backlogBytes(), 0)
    const waited = Array.from({ length: 50 }, (_, index) => `sg:${most + index}`)
    assert.deepStrictEqual(witness.exits, [{ reason: "was stopped", unsent: waited }], "no server has had these")
    yield* eventually(() => held.every(({ response }) => response.destroyed))
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("an unwanted body is not read to its end", () =>
  Effect.gen(function* () {
    let closed = false
    const { url } = yield* httpServer(
      sessionScript((arrival) => {
        if (arrival.rpc.method !== "notifications/roots/list_changed") return void arrival.response.writeHead(405).end()
        arrival.response.on("close", () => (closed = true))
        arrival.response.writeHead(202)
        const more = () => {
          if (!closed) arrival.response.write("x".repeat(1_000), more)
        }
        more()
      })
    )
    const { notify } = yield* connectSession(httpSpec(url))
    notify("notifications/roots/list_changed")
    yield* eventually(() => closed)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live(
  "an idle connection is closed after a few seconds, however long the server would keep it",
  () =>
    Effect.gen(function* () {
      const { server, url } = yield* httpServer((arrival) => arrival.result({}, { "keep-alive": "timeout=300" }))
      server.keepAliveTimeout = 300_000
      let open = 0
      server.on("connection", (socket) => {
        open++
        socket.on("close", () => open--)
      })
      const { modern, witness } = yield* connectHttp(httpSpec(url))
      modern("sg:1", "tools/list")
      yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
      assert.strictEqual(open, 1)
      yield* eventually(() => open === 0)
    }).pipe(Effect.scoped, Effect.provide(httpLayer())),
  15_000
)
