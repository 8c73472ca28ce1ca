import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { connectionsOf } from "../../src/backend/HttpConnector.ts"
import type { Arrival } from "./httpServer.ts"
import {
  connectHttp,
  connectSession,
  eventually,
  httpLayer,
  httpServer,
  httpSpec,
  sessionScript
} from "./httpServer.ts"

/** Never answers a tool call, and has no stream of its own. */
const hangs = (arrival: Arrival): void => {
  if (arrival.rpc.method === "tools/call") return
  if (arrival.method === "GET") return void arrival.response.writeHead(405).end()
  arrival.result({})
}

const ids = (arrivals: ReadonlyArray<Arrival>) => arrivals.map(({ rpc }) => rpc.id ?? rpc.method)

it.live("a request that nobody waits for ends with its connection in the stateless era", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(hangs)
    const { modern, transport, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/call", { name: "hang" })
    yield* eventually(() => arrivals.length === 1)
    transport.drop?.("sg:1")
    yield* eventually(() => arrivals[0]?.response.destroyed === true)
    modern("sg:2", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:2") !== undefined)
    assert.deepStrictEqual([ids(arrivals), witness.told], [["sg:1", "sg:2"], ["frames"]])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a request that nobody waits for frees its connection in a session, and the server is not told", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(sessionScript(hangs))
    const { legacy, transport, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/call", { name: "hang" })
    const call = () => arrivals.find(({ rpc }) => rpc.id === "sg:1")
    yield* eventually(() => call() !== undefined)
    transport.drop?.("sg:1")
    yield* eventually(() => call()?.response.destroyed === true)
    legacy("sg:2", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:2") !== undefined)
    assert.notInclude(ids(arrivals), "notifications/cancelled")
    assert.deepStrictEqual([witness.failures, witness.exits], [[], []])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a request that is still held back never goes out", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(sessionScript(hangs))
    const { legacy, transport, witness } = yield* connectSession(httpSpec(url))
    legacy("sg:1", "tools/list")
    legacy("sg:2", "tools/list")
    transport.drop?.("sg:1")
    yield* witness.until(() => witness.replyTo("sg:2") !== undefined)
    assert.notInclude(ids(arrivals), "sg:1")
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a server hears nothing of a cancelled request that it never got", () =>
  Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(sessionScript(hangs))
    const spec = httpSpec(url, {}, { inFlight: 1 })
    const { legacy, notify, transport, witness } = yield* connectSession(spec)
    const all = Array.from({ length: connectionsOf(spec) }, (_, index) => `sg:${index}`)
    for (const id of all) legacy(id, "tools/call", { name: "hang" })
    yield* eventually(() => all.every((id) => ids(arrivals).includes(id)))
    legacy("sg:never", "tools/call", { name: "hang" })
    notify("notifications/cancelled", { requestId: "sg:never" })
    for (const id of all) transport.drop?.(id)
    legacy("sg:last", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:last") !== undefined)
    assert.notIncludeMembers(ids(arrivals), ["sg:never"])
    assert.notIncludeMembers(ids(arrivals), ["notifications/cancelled"])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)
