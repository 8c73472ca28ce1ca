import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Arrival } from "./httpServer.ts"
import { connectHttp, event, eventually, httpLayer, httpServer, httpSpec, modernMeta } from "./httpServer.ts"

const answer = (arrival: Arrival) => ({ jsonrpc: "2.0", id: arrival.rpc.id, result: { resultType: "complete" } })

it.live("a request is one POST whose headers repeat what is in its body", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer((arrival) => arrival.result({ ok: true }))
    const headers = { "X-Api-Key": "s3cret" }
    const { modern, witness } = yield* connectHttp(httpSpec(`${url}?tenant=a`, { headers }))
    modern("sg:1", "tools/call", { name: "echo", arguments: { text: "žluťoučký" } })
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    const [arrival] = arrivals
    assert.strictEqual(arrivals.length, 1)
    assert.deepStrictEqual([arrival?.method, arrival?.path], ["POST", "/mcp?tenant=a"])
    assert.deepInclude(arrival?.headers, {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "echo",
      "x-api-key": "s3cret"
    })
    assert.deepStrictEqual(arrival?.rpc.params, {
      name: "echo",
      arguments: { text: "žluťoučký" },
      _meta: modernMeta
    })
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("names that are no plain ASCII go out as base64, and only where the protocol names one", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer((arrival) => arrival.result({}))
    const { modern, request, witness } = yield* connectHttp(httpSpec(url))
    request("sg:0", "server/discover", { _meta: modernMeta }, undefined)
    modern("sg:1", "prompts/get", { name: "Hello, 世界" })
    modern("sg:2", "resources/read", { uri: "file:///a b" })
    modern("sg:3", "tasks/get", { taskId: "t-1" })
    modern("sg:4", "tools/list", { name: "not a name here" })
    yield* witness.until(() => witness.frames().length === 5)
    const named = Object.fromEntries(arrivals.map(({ headers, rpc }) => [rpc.id, headers["mcp-name"]]))
    assert.deepStrictEqual(named, {
      "sg:0": undefined,
      "sg:1": "=?base64?SGVsbG8sIOS4lueVjA==?=",
      "sg:2": "file:///a b",
      "sg:3": "t-1",
      "sg:4": undefined
    })
    assert.isTrue(arrivals.every(({ headers }) => headers["mcp-protocol-version"] === "2026-07-28"))
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("arguments that the tool list annotates go out as headers too", () =>
  Effect.gen(function* () {
    const schema = { type: "object", properties: { region: { type: "string", "x-mcp-header": "Region" } } }
    const { arrivals, url } = yield* httpServer((arrival) =>
      arrival.result(arrival.rpc.method === "tools/list" ? { tools: [{ name: "sql", inputSchema: schema }] } : {})
    )
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    modern("sg:2", "tools/call", { name: "sql", arguments: { region: "Ústí" } })
    modern("sg:3", "tools/call", { name: "sql", arguments: { region: null } })
    modern("sg:4", "tools/call", { name: "other", arguments: { region: "us" } })
    yield* witness.until(() => witness.frames().length === 4)
    const sent = Object.fromEntries(arrivals.map(({ headers, rpc }) => [rpc.id, headers["mcp-param-region"]]))
    assert.deepStrictEqual(sent, {
      "sg:1": undefined,
      "sg:2": `=?base64?${Buffer.from("Ústí").toString("base64")}?=`,
      "sg:3": undefined,
      "sg:4": undefined
    })
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("what comes on the stream of a request is handed on read by read, its reply last", () =>
  Effect.gen(function* () {
    const progress = {
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progressToken: "sg:1", progress: 1 }
    }
    const { url } = yield* httpServer((arrival) => {
      arrival.events(`: hello\n\n${event(progress)}${event(progress)}`)
      arrival.events(event(answer(arrival)))
      arrival.response.end()
    })
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/call", { name: "slow" })
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    assert.deepStrictEqual(
      witness.frames().map((frame) => frame["method"] ?? frame["id"]),
      ["notifications/progress", "notifications/progress", "sg:1"]
    )
    assert.isBelow(witness.reads.length, 3, "the events of one read come together")
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a cancelled request ends with its connection, and nothing is sent about it", () =>
  Effect.gen(function* () {
    const closed: Array<unknown> = []
    const { arrivals, url } = yield* httpServer((arrival) => {
      arrival.response.on("close", () => closed.push(arrival.rpc.id))
      if (arrival.rpc.id === "sg:2") arrival.result({})
    })
    const { modern, notify, transport, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/call", { name: "hang" })
    yield* eventually(() => arrivals.length === 1)
    notify("notifications/cancelled", { requestId: "sg:1" })
    yield* eventually(() => closed.includes("sg:1"))
    modern("sg:2", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:2") !== undefined)
    assert.deepStrictEqual(
      arrivals.map(({ rpc }) => rpc.method),
      ["tools/call", "tools/list"]
    )
    assert.deepStrictEqual(witness.told, ["frames"])
    assert.strictEqual(transport.backlogBytes(), 0)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a subscription stays open beside the calls, and its end is told", () =>
  Effect.gen(function* () {
    let stream: Arrival | undefined
    const { url } = yield* httpServer((arrival) => {
      if (arrival.rpc.method !== "subscriptions/listen") return arrival.result({})
      stream = arrival
      arrival.events(event({ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged" }))
    })
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "subscriptions/listen")
    yield* witness.until(() => witness.reads.length === 1)
    modern("sg:2", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:2") !== undefined)
    stream?.events(event({ jsonrpc: "2.0", method: "notifications/tools/list_changed" }))
    yield* witness.until(() => witness.reads.length === 3)
    stream?.response.end()
    yield* witness.until(() => witness.failures.length === 1)
    assert.deepStrictEqual(witness.failures, [{ id: "sg:1", reason: "closed the stream", sent: true }])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("requests at the same time have connections of their own, which are used again", () =>
  Effect.gen(function* () {
    const sockets = new Set<unknown>()
    const waiting: Array<Arrival> = []
    const { url } = yield* httpServer((arrival) => {
      sockets.add(arrival.response.socket)
      waiting.push(arrival)
      if (waiting.length === 4) for (const held of waiting.splice(0)) held.result({})
    })
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    for (let round = 0; round < 6; round++) {
      for (let index = 0; index < 4; index++) modern(`sg:${round * 4 + index}`, "tools/list")
      yield* witness.until(() => witness.frames().length === (round + 1) * 4)
    }
    assert.isAtLeast(sockets.size, 4)
    // undici takes one up again a turn after its response has ended.
    assert.isAtMost(sockets.size, 8)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("an answer without an id belongs to the request that it answers; one to another request is dropped", () =>
  Effect.gen(function* () {
    const error = { code: -32600, message: "what?", data: { more: 1 } }
    const { url } = yield* httpServer((arrival) => {
      if (arrival.rpc.id === "sg:1") return arrival.json(200, { jsonrpc: "2.0", id: null, error })
      arrival.events(event({ jsonrpc: "2.0", id: "sg:1", result: {} }))
      arrival.events(event({ result: {}, jsonrpc: "2.0", id: "sg:1" }))
      arrival.events(event({ jsonrpc: "2.0", error }))
      arrival.response.end()
    })
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/call", { name: "a" })
    modern("sg:2", "tools/call", { name: "b" })
    yield* witness.until(() => witness.frames().length === 2)
    assert.deepStrictEqual(witness.replyTo("sg:1"), { jsonrpc: "2.0", id: "sg:1", error })
    assert.deepStrictEqual(witness.replyTo("sg:2"), { jsonrpc: "2.0", id: "sg:2", error })
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a body that is no reply to the request fails it", () =>
  Effect.gen(function* () {
    const bodies: Readonly<Record<string, unknown>> = {
      "sg:1": { jsonrpc: "2.0", id: "sg:9", result: {} },
      "sg:2": { hello: "world" },
      "sg:3": [],
      "sg:4": { jsonrpc: "2.0", id: "sg:4", method: "ping" }
    }
    const { url } = yield* httpServer((arrival) => arrival.json(200, bodies[String(arrival.rpc.id)]))
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    for (const id of Object.keys(bodies)) modern(id, "tools/list")
    yield* witness.until(() => witness.failures.length === 4)
    assert.deepStrictEqual(
      new Set(witness.failures.map(({ reason }) => reason)),
      new Set(["sent something that is not the reply to the request"])
    )
    assert.deepStrictEqual(witness.frames(), [])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)
