import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { backendDefaults, type BackendSpec } from "../../src/domain/BackendSpec.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf, type MemoryGateway } from "./memoryGateway.ts"

const restart = { ...backendDefaults.restart, jitter: 0, baseMillis: 100, capMillis: 1_000, windowMillis: 60_000 }

const backendOf = (name: string, changes: Partial<BackendSpec> = {}) =>
  new MemoryBackend(specOf(name, { restart, ...changes }), { tools: ["echo"] }, { onCall: echoing })

const lifeOf = ({ gateway }: MemoryGateway, index = 0) => gateway.units[index]?.life?._tag

describe("a backend that goes down", () => {
  it.effect("INV-12 has no second process before the first one is gone, however slowly that goes", () =>
    Effect.gen(function* () {
      const backend = backendOf("a")
      backend.behaviour.stopMillis = 3_000
      const tree = yield* memoryGateway({ backends: [backend] })
      for (let round = 0; round < 4; round++) {
        backend.line.sendText('{"jsonrpc":"2.0","id":1,"result":1}')
        yield* pass(500)
        assert.deepStrictEqual(
          backend.lines.map(({ alive }) => alive).filter(Boolean),
          [true],
          "the old one still ends"
        )
        assert.strictEqual(lifeOf(tree), "Backoff")
        yield* pass(3_000)
        assert.strictEqual(lifeOf(tree), "Ready")
      }
      backend.behaviour.stopMillis = 0
      assert.lengthOf(backend.lines, 5)
      assert.strictEqual(backend.mostAlive, 1)
    })
  )

  it.effect("INV-13 is started again as often as its intensity allows, then quarantined, then tried slowly", () =>
    Effect.gen(function* () {
      const intensity = 3
      const backend = backendOf("a", { restart: { ...restart, intensity, slowRetryMillis: 30_000 } })
      const tree = yield* memoryGateway({ backends: [backend] })
      for (let round = 0; round < intensity; round++) {
        backend.line.exit()
        yield* pass(1_000)
        assert.strictEqual(lifeOf(tree), "Ready")
      }
      backend.line.exit()
      yield* pass(20_000)
      assert.strictEqual(lifeOf(tree), "Quarantined")
      assert.strictEqual(backend.attempts, 1 + intensity)
      const client = tree.connect().open()
      assert.strictEqual(errorOf(client.reply(client.call("a__echo"))).code, refusalCodes.quarantined)
      assert.deepStrictEqual(client.names(client.request("tools/list")), ["a__echo"], "its tools stay listed")
      yield* pass(10_000)
      assert.strictEqual(lifeOf(tree), "Ready")
      assert.strictEqual(textOf(client.reply(client.call("a__echo", { text: "x" }))), "echo:x")
    })
  )

  it.effect("INV-14 the nth delay is within 20 % of min(cap, base * 2^n)", () =>
    Effect.gen(function* () {
      const jittery = { ...restart, jitter: 0.2, intensity: 10 }
      const backend = backendOf("a", { restart: jittery })
      backend.behaviour.connect = "refused"
      yield* memoryGateway({ backends: [backend], seed: `${yield* Random.next}` })
      for (let n = 0; n < 6; n++) {
        const delay = Math.min(1_000, 100 * 2 ** n)
        const before = backend.attempts
        let waited = 0
        for (; backend.attempts === before && waited < 5_000; waited += 5) yield* pass(5)
        assert.isAtLeast(waited, delay * 0.8 - 5, `delay ${n}`)
        assert.isAtMost(waited, delay * 1.2 + 5, `delay ${n}`)
      }
    })
  )

  it.effect("INV-15 changes nothing for its neighbours", () =>
    Effect.gen(function* () {
      const [bad, good] = [backendOf("bad"), backendOf("good")]
      const tree = yield* memoryGateway({ backends: [bad, good] })
      const client = tree.connect().open()
      const before = JSON.stringify(tree.gateway.units[1]?.life)
      good.behaviour.onCall = () => undefined
      const running = client.call("good__echo", { text: "through all of it" })
      const troubles = [
        () => bad.line.exit(),
        () => bad.line.sendText('{"jsonrpc":"2.0","id":1,"result":1,"error":2}'),
        () => bad.line.oversize(1),
        () => (bad.behaviour.connect = "refused"),
        () => bad.line.exit(),
        () => (bad.behaviour.connect = "silent")
      ]
      for (const trouble of troubles) {
        trouble()
        yield* pass(1_500)
        client.call("bad__echo")
      }
      const view = tree.gateway.units[1]?.shared.view
      assert.strictEqual(JSON.stringify(view?.life), before)
      assert.strictEqual(view?.restarts, 0)
      assert.deepInclude(view?.inFlight.circuit, { _tag: "Closed", consecutive: 0 })
      assert.lengthOf(good.lines, 1)
      const [call] = good.calls
      if (call !== undefined) echoing(call, good.line)
      assert.strictEqual(textOf(client.reply(running)), "echo:through all of it")
    })
  )

  it.effect("is found out when it lives but does not answer, and is replaced", () =>
    Effect.gen(function* () {
      const backend = backendOf("a", { timeoutMillis: 300_000 })
      const tree = yield* memoryGateway({ backends: [backend] })
      const client = tree.connect().open()
      backend.behaviour.connect = "silent"
      const id = client.call("a__echo")
      yield* pass(30_000 + 3 * 35_000)
      const { code, message } = errorOf(client.reply(id))
      assert.strictEqual(code, refusalCodes.connectionLost)
      assert.include(message, "did not answer 3 probes in a row")
      assert.isTrue(backend.lines[0]?.killed, "what hangs gets no time to end by itself")
      backend.behaviour.connect = "ok"
      yield* pass(31_000)
      assert.strictEqual(lifeOf(tree), "Ready")
      assert.strictEqual(backend.mostAlive, 1)
    })
  )

  it.effect("that never gets ready is given up in time, and says why", () =>
    Effect.gen(function* () {
      const backend = backendOf("a", { startTimeoutMillis: 5_000 })
      backend.behaviour.connect = "silent"
      const tree = yield* memoryGateway({ backends: [backend] })
      yield* pass(4_900)
      assert.strictEqual(lifeOf(tree), "Starting")
      yield* pass(150)
      assert.strictEqual(lifeOf(tree), "Backoff")
      assert.include(JSON.stringify(tree.gateway.status()), "was not ready within 5 s (start_timeout_secs)")
      assert.deepStrictEqual(
        backend.lines.map(({ alive }) => alive),
        [false]
      )
    })
  )
})
