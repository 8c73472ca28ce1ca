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
  sessionScript
} from "./httpServer.ts"

const reply = (id: string) => ({ jsonrpc: "2.0", id, result: { done: true } })
const isResumption = ({ headers, method }: Arrival) => method === "GET" && headers["last-event-id"] !== undefined

/** A session whose calls are answered by a stream that begins with event 1; `resumed` goes on with it. */
const script = (begin: (arrival: Arrival) => void, resumed: (arrival: Arrival) => void) =>
  sessionScript((arrival) => {
    if (arrival.rpc.method === "tools/call") begin(arrival)
    else if (isResumption(arrival)) resumed(arrival)
    else arrival.response.writeHead(405).end()
  })

it.live("a stream that ends before the reply is gone on with from its last event", () =>
  Effect.gen(function* () {
    const progress = {
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progressToken: "sg:1", progress: 1 }
    }
    const { arrivals, url } = yield* httpServer(
      script(
        (arrival) => {
          arrival.events(`retry: 50\n${event(progress, "1")}`)
          arrival.response.end()
        },
        (arrival) => {
          arrival.events(event(reply("sg:1"), "2"))
          arrival.response.end()
        }
      )
    )
    const { legacy, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/call", { name: "long" })
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    const resumptions = arrivals.filter(isResumption)
    assert.deepStrictEqual(
      resumptions.map(({ headers }) => [headers["last-event-id"], headers["mcp-session-id"]]),
      [["1", "session-1"]]
    )
    assert.strictEqual(
      arrivals.filter(({ rpc }) => rpc.method === "tools/call").length,
      1,
      "the call itself went out once"
    )
    assert.deepStrictEqual(witness.failures, [])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a connection that is reset in the middle is gone on with as well, time after time", () =>
  Effect.gen(function* () {
    const open: Array<Arrival> = []
    const note = { jsonrpc: "2.0", method: "notifications/message", params: {} }
    const begin = (arrival: Arrival) => {
      open.push(arrival)
      arrival.events(`retry: 50\n${event(note, `${open.length}`)}`)
    }
    const { arrivals, url } = yield* httpServer(script(begin, begin))
    const { legacy, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/call", { name: "long" })
    for (let round = 0; round < 3; round++) {
      yield* witness.until(() => witness.frames().length === round + 2)
      open[round]?.response.socket?.resetAndDestroy()
    }
    yield* witness.until(() => witness.frames().length === 5)
    open[3]?.events(event(reply("sg:1")))
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    assert.deepStrictEqual(
      arrivals.filter(isResumption).map(({ headers }) => headers["last-event-id"]),
      ["1", "2", "3"]
    )
    assert.deepStrictEqual(witness.failures, [])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a stream that can't be gone on with fails the call, which had been sent", () =>
  Effect.gen(function* () {
    const { url } = yield* httpServer(
      script(
        (arrival) => {
          arrival.events(`retry: 50\nid: 1\ndata:\n\n`)
          arrival.response.end()
        },
        (arrival) => arrival.response.writeHead(400).end()
      )
    )
    const { legacy, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/call", { name: "long" })
    yield* witness.until(() => witness.failures.length > 0)
    const reason = "answered with HTTP status 400 (Bad Request) when it should go on with an answer"
    assert.deepStrictEqual(witness.failures, [{ id: "sg:1", reason, sent: true }])
    assert.deepStrictEqual(witness.exits, [])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("attempts that bring nothing are bounded", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(
      script(
        (arrival) => {
          arrival.events(`retry: 1\nid: 1\ndata:\n\n`)
          arrival.response.end()
        },
        (arrival) => {
          arrival.events(`retry: 1\nid: 1\ndata:\n\n`)
          arrival.response.end()
        }
      )
    )
    const { legacy, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/call", { name: "long" })
    yield* witness.until(() => witness.failures.length > 0)
    const reason = "broke off the stream of the answer, and does not go on with it"
    assert.deepStrictEqual(witness.failures, [{ id: "sg:1", reason, sent: true }])
    assert.strictEqual(arrivals.filter(isResumption).length, 10)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("attempts that bring events are not counted", () =>
  Effect.gen(function* () {
    let last = 1
    const { url } = yield* httpServer(
      script(
        (arrival) =>
          arrival.response.writeHead(200, { "content-type": "text/event-stream" }).end("retry: 1\nid: 1\ndata:\n\n"),
        (arrival) => {
          arrival.events(++last < 14 ? `retry: 1\nid: ${last}\ndata:\n\n` : event(reply("sg:1")))
          arrival.response.end()
        }
      )
    )
    const { legacy, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/call", { name: "long" })
    yield* witness.until(() => witness.told.length > 1)
    assert.isDefined(witness.replyTo("sg:1"))
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a cancelled call is not gone on with", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(
      script(
        (arrival) => {
          arrival.events(`retry: 50\nid: 1\ndata:\n\n`)
          arrival.response.end()
        },
        () => undefined
      )
    )
    const { legacy, notify, transport, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/call", { name: "long" })
    yield* eventually(() => arrivals.some(isResumption))
    const closed = arrivals.find(isResumption)
    let isClosed = false
    closed?.response.on("close", () => (isClosed = true))
    notify("notifications/cancelled", { requestId: "sg:1" })
    yield* eventually(() => isClosed)
    assert.deepStrictEqual(witness.failures, [])
    assert.strictEqual(transport.backlogBytes(), 0)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("the stateless era goes on with nothing: the call failed, and had been sent", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer((arrival) => {
      arrival.events(`id: 1\ndata:\n\n`)
      arrival.response.end()
    })
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/call", { name: "long" })
    yield* witness.until(() => witness.failures.length > 0)
    assert.deepStrictEqual(witness.failures, [{ id: "sg:1", reason: "closed the stream", sent: true }])
    assert.strictEqual(arrivals.length, 1)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)
