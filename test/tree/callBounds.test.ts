import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readsWaiting } from "../../src/backend/Link.ts"
import { garbageLinesAllowed } from "../../src/backend/Connection.ts"
import { backendDefaults, type BackendSpec } from "../../src/domain/BackendSpec.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { waitingRequests } from "../../src/gateway/Patience.ts"
import { errorOf, objectIn } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { memoryGateway, pass, settle, specOf } from "./memoryGateway.ts"
import { remembered } from "./memoryState.ts"
import { echoResult } from "./memoryServer.ts"

const backendOf = (bounds: Partial<BackendSpec["bounds"]> = {}, name = "a") =>
  new MemoryBackend(specOf(name, { bounds: { ...backendDefaults.boundsStdio, ...bounds } }), { tools: ["echo"] })

const unanswered = (client: MemoryClient, ids: ReadonlyArray<string | number>): number =>
  ids.filter((id) => client.repliesTo(id).length === 0).length

const isOverloaded = (client: MemoryClient, id: string | number): void => {
  const { code, data } = errorOf(client.reply(id))
  assert.strictEqual(code, refusalCodes.overloaded)
  assert.include(data, { certainty: "not_sent", retryAfterMs: 1_000 })
}

describe("INV-32 calls stay within their bounds", () => {
  it.effect("of the gateway: one more than max_calls is refused at once, in any session, until one ends", () =>
    Effect.gen(function* () {
      const backends = [backendOf({}, "a"), backendOf({}, "b")]
      const { connect, gateway } = yield* memoryGateway({ backends, bounds: { calls: 3 } })
      const [one, other] = [connect().open(), connect().open()]
      const ids = [one.call("a__echo"), one.call("b__echo"), one.call("a__echo")]
      assert.strictEqual(unanswered(one, ids), 3)
      isOverloaded(other, other.call("b__echo"))
      isOverloaded(other, other.request("tools/list"))
      assert.strictEqual(gateway.status()["running"], 3)
      one.cancel(ids[0] ?? 0)
      assert.lengthOf(other.names(other.request("tools/list")), 2)
      assert.strictEqual(unanswered(other, [other.call("b__echo")]), 1)
    })
  )

  it.effect("of a backend: as many in flight and as many waiting as configured, one more is refused", () =>
    Effect.gen(function* () {
      const backend = backendOf({ inFlight: 2, queued: 3 })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const ids = Array.from({ length: 5 }, (_, n) => client.call("a__echo", { text: `${n}` }))
      assert.lengthOf(backend.calls, 2)
      assert.strictEqual(unanswered(client, ids), 5)
      isOverloaded(client, client.call("a__echo"))
      const [first] = backend.calls
      if (first !== undefined) backend.line.reply(first, echoResult(first))
      assert.lengthOf(backend.calls, 3, "the room that a reply leaves is taken by the first that waits")
      assert.strictEqual(unanswered(client, [client.call("a__echo")]), 1)
    })
  )

  it.effect("in a burst as well: what one read brings beyond them is refused, the rest is done in order", () =>
    Effect.gen(function* () {
      const backend = backendOf({ inFlight: 2, queued: 3 })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const call = (id: number) =>
        client.requestMessage("tools/call", { name: "a__echo", arguments: { text: `${id}` } }, { id })
      client.send(...Array.from({ length: 12 }, (_, n) => call(100 + n)))
      const ids = Array.from({ length: 12 }, (_, n) => 100 + n)
      assert.strictEqual(unanswered(client, ids), 5)
      for (const id of ids.slice(5)) isOverloaded(client, id)
      while (backend.line.open.size > 0)
        for (const open of backend.line.open.values()) backend.line.reply(open, echoResult(open))
      assert.deepStrictEqual(
        backend.calls.map(({ params }) => objectIn(params, "arguments")["text"]),
        ["100", "101", "102", "103", "104"]
      )
    })
  )

  it.effect("while the backend is not up: no more wait for it than may", () =>
    Effect.gen(function* () {
      const backend = backendOf({ inFlight: 2, queued: 3 })
      backend.behaviour.connect = "silent"
      const stateDirectory = yield* remembered([backend])
      const { connect } = yield* memoryGateway({ backends: [backend], stateDirectory })
      const client = connect().open()
      const ids = Array.from({ length: 9 }, () => client.call("a__echo"))
      assert.strictEqual(unanswered(client, ids), 3)
      yield* pass(backendDefaults.startTimeoutMillis)
      assert.strictEqual(unanswered(client, ids), 0, "nobody waits longer than the start may take")
    })
  )

  it.effect("of lists that wait for a first start: those beyond the bound are answered with what there is", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      backend.behaviour.connect = "silent"
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const ids = Array.from({ length: waitingRequests }, () => client.request("tools/list"))
      assert.strictEqual(unanswered(client, ids), waitingRequests)
      assert.deepStrictEqual(client.names(client.request("tools/list")), [])
      assert.strictEqual(unanswered(client, ids), waitingRequests)
    })
  )

  it.effect("of reads: a backend that floods faster than it is read is cut off, not kept", () =>
    Effect.gen(function* () {
      const [flooding, quiet] = [backendOf({}, "a"), backendOf({}, "b")]
      const { connect, gateway } = yield* memoryGateway({ backends: [flooding, quiet] })
      const client = connect().open()
      flooding.behaviour.onCall = (call, line) => {
        for (let n = 0; n <= readsWaiting; n++) line.notify("notifications/message", { level: "info", data: n })
        line.reply(call, echoResult(call))
      }
      const id = client.call("a__echo")
      yield* settle
      assert.strictEqual(errorOf(client.reply(id)).code, refusalCodes.connectionLost)
      assert.strictEqual(gateway.units[0]?.life?._tag, "Backoff")
      assert.strictEqual(gateway.units[1]?.life?._tag, "Ready")
    })
  )

  it.effect("of rubbish on stdout: a banner is borne, more is a violation", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const id = client.call("a__echo")
      for (let n = 0; n < garbageLinesAllowed; n++) backend.line.sendText("Server listening on stdio")
      assert.strictEqual(unanswered(client, [id]), 1)
      backend.line.sendText("one line more")
      assert.strictEqual(errorOf(client.reply(id)).code, refusalCodes.connectionLost)
      assert.strictEqual(gateway.units[0]?.life?._tag, "Backoff")
    })
  )

  it.effect("of a frame: one that is too large ends the connection, its call is answered", () =>
    Effect.gen(function* () {
      const backend = backendOf({ frameBytes: 1_000 })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      const id = client.call("a__echo")
      backend.line.oversize(1_001)
      const { code, message } = errorOf(client.reply(id))
      assert.strictEqual(code, refusalCodes.connectionLost)
      assert.include(message, "a frame of more than 1000 bytes")
    })
  )
})
