import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ByteInput } from "../../src/edge/ByteInput.ts"
import { backlogBytes } from "../../src/edge/OutBox.ts"
import { keptLength, RelayedClient } from "../../src/edge/RelayedClient.ts"
import { reach } from "../../src/edge/ServerLine.ts"
import { SlowOutput } from "../tree/slowOutput.ts"
import { memoryGateway } from "../tree/memoryGateway.ts"
import { AttachPlace, FakeServer } from "./attachFixture.ts"

/** A client's line in the hands of the test. */
class HeldInput implements ByteInput {
  paused = false
  readonly listen = (): void => undefined
  readonly pause = (): void => {
    this.paused = true
  }
  readonly resume = (): void => {
    this.paused = false
  }
}

/** Resolves when it holds; between looks whatever the system has for this process comes in. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** A relayed client between a server and a client that the test plays both. */
const relayed = Effect.gen(function* () {
  const disposed = <A extends AsyncDisposable>(make: () => Promise<A>) =>
    Effect.acquireRelease(Effect.promise(make), (each) => Effect.promise(async () => each[Symbol.asyncDispose]()))
  const place = yield* disposed(async () => new AttachPlace([]))
  const server = yield* disposed(() => FakeServer.at(place))
  const [input, output] = [new HeldInput(), new SlowOutput()]
  const reached = yield* reach(place.socket)
  const lost = Promise.withResolvers<string>()
  const client = new RelayedClient({ input, output, clientGone: () => false }, reached, 4_000_000, lost.resolve)
  yield* Effect.addFinalizer(() => Effect.sync(() => client.close()))
  const send = (message: object) => client.take(Buffer.from(`${JSON.stringify(message)}\n`))
  return { client, input, lost: lost.promise, output, send, server }
})

const ping = (id: number | string, more = {}) => ({ jsonrpc: "2.0", id, method: "ping", ...more })

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
})
