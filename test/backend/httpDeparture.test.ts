import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Connector } from "../../src/backend/Transport.ts"
import type { Transport } from "../../src/backend/Transport.ts"
import { requestFrame } from "../../src/protocol/Splice.ts"
import type { Arrival } from "./httpServer.ts"
import {
  connectHttp,
  connectSession,
  eventually,
  httpLayer,
  httpServer,
  httpSpec,
  makeHttpWitness,
  sessionScript,
  stopServer
} from "./httpServer.ts"

it.live("an owner that writes again at once when it hears of the end is not taken at its word", () =>
  Effect.gen(function* () {
    const { server, url } = yield* httpServer(() => undefined)
    yield* stopServer(server)
    const witness = makeHttpWitness()
    let transport: Transport | undefined
    let written = 0
    const write = () => {
      if (written === 100) return
      const id = `sg:${++written}`
      const outgoing = { _tag: "Request", id, method: "tools/list", params: {}, era: "stateless" } as const
      transport?.write(requestFrame(id, "tools/list", {}), outgoing)
    }
    const spec = httpSpec(url)
    transport = yield* (yield* Connector).connect(
      spec,
      { backend: spec.name, session: undefined },
      {
        ...witness.events,
        onFailed: (id, failure) => {
          write()
          witness.events.onFailed(id, failure)
        },
        onExit: (exit) => {
          write()
          witness.events.onExit(exit)
        }
      }
    )
    write()
    yield* witness.until(() => witness.exits.length > 0)
    assert.deepStrictEqual([witness.exits[0]?.unsent, witness.failures, written], [["sg:1"], [], 2])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a call that is cancelled while the line departs holds it up no longer, and its request is broken off", () =>
  Effect.gen(function* () {
    const calls: Array<Arrival> = []
    const script = sessionScript((arrival) => {
      if (arrival.method === "GET") return void arrival.response.writeHead(405).end()
      calls.push(arrival)
      arrival.events(":\n\n")
      if (calls.length === 2) server.close()
    })
    const { server, url } = yield* httpServer((arrival) => {
      // Each message needs a connection of its own.
      arrival.response.setHeader("connection", "close")
      script(arrival)
    })
    const { legacy, notify, transport, witness } = yield* connectSession(httpSpec(url))
    const nothingWaits = () => transport.backlogBytes() === 0
    legacy("sg:1", "tools/call", { name: "hang" })
    legacy("sg:2", "tools/call", { name: "hang" })
    yield* eventually(() => calls.length === 2 && !server.listening && nothingWaits())
    legacy("sg:3", "tools/list")
    legacy("sg:4", "tools/list")
    yield* eventually(nothingWaits)
    assert.deepStrictEqual(witness.told, ["frames"], "the line departs, as nobody takes new requests")
    let closed = 0
    for (const { response } of calls) response.on("close", () => closed++)
    for (const requestId of ["sg:4", "sg:1", "sg:2"]) notify("notifications/cancelled", { requestId })
    assert.deepStrictEqual(witness.exits, [], "not while its owner is at it")
    yield* Effect.promise(() => Promise.resolve())
    assert.deepStrictEqual(witness.exits[0]?.unsent, ["sg:3"])
    yield* eventually(() => closed === 2)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a request that waits for credentials is no reason to stay, and was not sent", () => {
  let isAsked = false
  const credentials = {
    headers: () => ({}),
    refused: () => {
      isAsked = true
      return Effect.never
    }
  }
  return Effect.gen(function* () {
    const { server, url } = yield* httpServer(
      ({ response }) => void response.writeHead(401, { connection: "close" }).end()
    )
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/list")
    yield* eventually(() => isAsked)
    yield* stopServer(server)
    modern("sg:2", "tools/list")
    yield* witness.until(() => witness.told.length > 0)
    assert.deepStrictEqual(witness.exits[0]?.unsent?.toSorted(), ["sg:1", "sg:2"])
  }).pipe(Effect.scoped, Effect.provide(httpLayer({ credentialsFor: () => credentials })))
})
