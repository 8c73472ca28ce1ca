import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { beatMillis, lookMillis, relay } from "../../src/edge/Relay.ts"
import { missedBeats, stalledLooks } from "../../src/edge/RelayedClient.ts"
import { reach } from "../../src/edge/ServerLine.ts"
import { memoryGateway } from "../tree/memoryGateway.ts"
import { SlowOutput } from "../tree/slowOutput.ts"
import { AttachPlace, FakeServer } from "./attachFixture.ts"
import { disposed, HeldInput, ping, until } from "./relayFixture.ts"

const beat = '{"sentinel-gateway":"ping"}'

/** A whole relay between a server and a client that the test plays both; time is the test's too. */
const running = Effect.gen(function* () {
  const place = yield* disposed(async () => new AttachPlace([]))
  const server = yield* disposed(() => FakeServer.at(place))
  const [input, output] = [new HeldInput(), new SlowOutput()]
  const client = { gone: false }
  const reached = yield* reach(place.socket)
  const { gateway } = yield* memoryGateway({ backends: [] })
  const streams = { input, output, clientGone: () => client.gone }
  const options = { frameBytes: 4_000_000, own: Effect.succeed(gateway) }
  const ended = yield* Effect.forkScoped(Effect.scoped(relay(streams, reached, options)))
  yield* Effect.promise(() => until(() => input.listening))
  const send = (message: object) => input.give(Buffer.from(`${JSON.stringify(message)}\n`))
  return { client, ended, input, output, send, server }
})

const call = (id: number, text = "") => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "t", text } })

/** Puts in more than a gateway that takes nothing may have waiting. */
const flood = (send: (message: object) => void, input: HeldInput) =>
  Effect.promise(async () => {
    let id = 0
    await until(() => {
      if (!input.paused) send(call(++id, "x".repeat(500_000)))
      return input.paused
    })
  })

/** Lets time pass in steps, between which what the system has comes in. */
const steps = (count: number, millis: number) =>
  Effect.gen(function* () {
    for (let step = 0; step < count; step++) {
      yield* TestClock.adjust(millis)
      let turns = 0
      yield* Effect.promise(() => until(() => ++turns > 20))
    }
  })

describe("a relay whose gateway hangs and lives", () => {
  it.effect("gives it up when it shows no sign of life, and its calls have their one end", () =>
    Effect.gen(function* () {
      const { output, send, server } = yield* running
      output.flow()
      send(call(1))
      yield* Effect.promise(() => server.asked("tools/call"))
      yield* steps(missedBeats, beatMillis)
      assert.lengthOf(output.lines, 0)
      yield* steps(1, beatMillis)
      yield* Effect.promise(() => until(() => output.lines.length > 0))
      const { error, id } = JSON.parse(output.lines[0] ?? "")
      assert.deepInclude({ id, code: error.code }, { id: 1, code: -31005 })
      assert.match(error.message, /shows no sign of life/)
      assert.lengthOf(
        server.lines.filter((line) => line === beat),
        missedBeats
      )
      send(ping(2))
      yield* Effect.promise(() => until(() => output.lines.some((line) => line.includes('"id":2,"result"'))))
    })
  )

  it.effect("stays with one that answers, however long nothing else comes", () =>
    Effect.gen(function* () {
      const { output, send, server } = yield* running
      output.flow()
      send(call(1))
      yield* Effect.promise(() => server.asked("tools/call"))
      const beats = () => server.lines.filter((line) => line === beat).length
      for (let count = 1; count <= 3 * missedBeats; count++) {
        yield* TestClock.adjust(beatMillis)
        yield* Effect.promise(() => until(() => beats() === count))
        server.write('{"sentinel-gateway":"pong"}\n')
        yield* steps(1, 0)
      }
      server.say({ jsonrpc: "2.0", id: 1, result: {} })
      yield* Effect.promise(() => until(() => output.lines.length > 0))
      assert.deepStrictEqual(output.lines, ['{"jsonrpc":"2.0","id":1,"result":{}}'])
    })
  )

  it.effect("stays with one that it does not read itself, because its client does not", () =>
    Effect.gen(function* () {
      const { input, output, send, server } = yield* running
      send(call(1))
      yield* Effect.promise(() => server.asked("tools/call"))
      const params = { text: "x".repeat(500_000) }
      for (let count = 0; count < 20; count++) server.say({ jsonrpc: "2.0", method: "n", params })
      yield* Effect.promise(() => until(() => input.paused))
      yield* steps(3 * missedBeats, beatMillis)
      server.say({ jsonrpc: "2.0", id: 1, result: {} })
      output.flow()
      yield* Effect.promise(() => until(() => output.lines.length === 21))
      assert.strictEqual(output.lines.at(-1), '{"jsonrpc":"2.0","id":1,"result":{}}')
    })
  )

  it.effect("gives it up sooner where it takes nothing, and reads its client again", () =>
    Effect.gen(function* () {
      const { input, output, send, server } = yield* running
      output.flow()
      server.hang()
      yield* flood(send, input)
      yield* steps(stalledLooks, lookMillis)
      assert.lengthOf(output.lines, 0)
      yield* steps(1, lookMillis)
      yield* Effect.promise(() => until(() => output.lines.length > 0 && !input.paused))
      assert.match(JSON.parse(output.lines[0] ?? "").error.message, /takes nothing/)
    })
  )

  it.effect("ends when its client's process is gone, though the end of that line can't be read", () =>
    Effect.gen(function* () {
      const { client, ended, input, send, server } = yield* running
      server.hang()
      yield* flood(send, input)
      yield* steps(1, lookMillis)
      assert.isUndefined(ended.pollUnsafe())
      client.gone = true
      yield* steps(1, lookMillis)
      yield* Fiber.join(ended)
    })
  )
})
