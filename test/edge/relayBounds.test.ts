import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { repeatLength, runningRequests } from "../../src/edge/Ledger.ts"
import { backlogBytes, unreadBytes } from "../../src/edge/OutBox.ts"
import { keptLength } from "../../src/edge/RelayedClient.ts"
import { serverFrameBytes } from "../../src/edge/ServerLine.ts"
import { memoryGateway } from "../tree/memoryGateway.ts"
import { ping, relayed, until } from "./relayFixture.ts"

describe("a relay", () => {
  it.effect("INV-32 reads from neither side while its client does not read, and loses nothing", () =>
    Effect.gen(function* () {
      const { input, output, send, server } = yield* relayed
      send(ping(0))
      yield* Effect.promise(() => server.asked("ping"))
      const text = "x".repeat(64 * 1024)
      const count = (16 * backlogBytes) / text.length
      for (let id = 0; id < count; id++) server.say({ jsonrpc: "2.0", id, result: { text } })
      yield* Effect.promise(() => until(() => input.paused))
      // What the relay does not read stays with the server, however long it is given.
      let turns = 0
      yield* Effect.promise(() => until(() => ++turns > 1_000))
      assert.isAbove(server.backlog, 0)
      assert.isBelow(output.writableLength, 8 * backlogBytes)
      output.flow()
      yield* Effect.promise(() => until(() => output.lines.length === count))
      assert.isFalse(input.paused)
      assert.deepStrictEqual(
        output.lines.map((line) => JSON.parse(line).id),
        Array.from({ length: count }, (_, id) => id)
      )
    })
  )

  it.effect("INV-32 reads no more from its client than what it may keep for the next gateway", () =>
    Effect.gen(function* () {
      const { client, input, lost, output, send, server } = yield* relayed
      output.flow()
      send(ping("first"))
      yield* Effect.promise(() => server.asked("ping"))
      server.write('{"sentinel-gateway":"closing"}\n')
      yield* Effect.promise(() => until(() => server.lines.some((line) => line.includes("closing"))))
      const each = { params: { text: "x".repeat(keptLength / 4) } }
      for (const id of [1, 2, 3]) send(ping(id, each))
      assert.isFalse(input.paused)
      send(ping(4, each))
      assert.isTrue(input.paused)
      server.die()
      yield* Effect.promise(() => lost)
      const { gateway } = yield* memoryGateway({ backends: [] })
      client.takeOver(gateway)
      assert.isFalse(input.paused)
      yield* Effect.promise(() => until(() => output.lines.length === 5))
      assert.deepStrictEqual(
        output.lines.map((line) => JSON.parse(line)["id"]),
        ["first", 1, 2, 3, 4]
      )
    })
  )

  it.effect("passes on a reply as large as any backend may send", () =>
    Effect.gen(function* () {
      // More than may wait for a client that does not read; the largest `max_frame_bytes` is twice as much.
      const text = "x".repeat(unreadBytes + 1)
      const { output, send, server } = yield* relayed
      output.flow()
      send(ping(1))
      yield* Effect.promise(() => server.asked("ping"))
      server.write(`{"jsonrpc":"2.0","id":1,"result":{"text":"${text}"}}\n{"jsonrpc":"2.0","id":2,"result":{}}\n`)
      yield* Effect.promise(() => until(() => output.taken.join("").endsWith('"id":2,"result":{}}\n')))
      assert.isAbove(output.taken.join("").length, text.length)
      assert.isAtLeast(serverFrameBytes, 256 * 1024 * 1024)
    })
  )

  it.effect("ends a stream once, also when its client goes before there is another gateway", () =>
    Effect.gen(function* () {
      const { client, lost, output, send, server } = yield* relayed
      output.flow()
      const large = { params: { text: "x".repeat(repeatLength - 400_000) } }
      send(ping("kept", large))
      send({ jsonrpc: "2.0", id: "not kept", method: "subscriptions/listen", params: { text: "x".repeat(500_000) } })
      send({ jsonrpc: "2.0", id: "kept too", method: "subscriptions/listen" })
      yield* Effect.promise(() => server.heard(({ id }) => id === "kept too"))
      server.die()
      yield* Effect.promise(() => lost)
      client.close()
      yield* client.out.flushed
      const ends = output.lines.map((line) => JSON.parse(line)).filter(({ method }) => method === undefined)
      assert.deepStrictEqual(ends.map(({ id }) => id).toSorted(), ["kept too", "not kept"])
    })
  )

  it.effect("refuses no answer and no cancellation because too many requests run", () =>
    Effect.gen(function* () {
      const { output, send, server } = yield* relayed
      output.flow()
      for (let id = 0; id < runningRequests; id++) send(ping(id))
      send(ping("too many"))
      send({ jsonrpc: "2.0", id: "sg-ask:1", result: {} })
      yield* Effect.promise(() => until(() => server.lines.at(-1)?.includes("sg-ask:1") === true))
      assert.lengthOf(output.lines, 1)
    })
  )
})
