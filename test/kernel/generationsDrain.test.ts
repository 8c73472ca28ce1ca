import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { fork } from "../../src/kernel/Fork.ts"
import { capturedLogs } from "./capturedLogs.ts"
import { generationsOf, resource, settle } from "./resource.ts"

describe("Generations, drain", () => {
  it.effect("closes a generation that is still held when drainMillis have passed, and reports it", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { generations, reports } = yield* generationsOf({ drainMillis: 1_000 })
      const held = generations.pin()
      yield* generations.swap(resource("second"))
      yield* TestClock.adjust(999)
      assert.isTrue(held.value.open)
      yield* TestClock.adjust(1)
      assert.isFalse(held.value.open)
      assert.deepStrictEqual(reports.at(-1), { _tag: "Closed", generation: 1, pins: 1, inTime: true })
      assert.match(logs.lines.join("\n"), /generation 1 was closed under 1 calls/)
      held.release()
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("waits no longer than closeMillis for finalizers, and reports it", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { generations, reports } = yield* generationsOf({ closeMillis: 500 })
      const gate = yield* Deferred.make<void>()
      const stubborn = Effect.acquireRelease(Effect.succeed({ name: "stubborn", open: true }), () =>
        Deferred.await(gate)
      )
      yield* generations.swap(stubborn)
      yield* generations.swap(resource("third"))
      yield* TestClock.adjust(500)
      assert.deepStrictEqual(reports.at(-1), { _tag: "Closed", generation: 2, pins: 0, inTime: false })
      assert.strictEqual(generations.draining(), 0)
      assert.match(logs.lines.join("\n"), /generation 2 did not close in time/)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("INV-32 keeps no more replaced generations than its bound: a further swap waits for one to close", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { generations } = yield* generationsOf({ draining: 2, drainMillis: 1_000 })
      const pins = [generations.pin()]
      for (const name of ["second", "third"]) {
        yield* generations.swap(resource(name))
        pins.push(generations.pin())
      }
      assert.strictEqual(generations.draining(), 2)
      const waiting = yield* fork("swap", generations.swap(resource("fourth")))
      yield* settle
      assert.strictEqual(generations.current(), 3)
      pins[0]?.release()
      assert.strictEqual(yield* Fiber.join(waiting), 4)
      for (const { release } of pins) release()
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("a swap that waits for room goes on when any has closed, be it not the oldest", () => {
    // Found by the model of test/model/generations.ts, seed 1310958184 at run 71.
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { generations } = yield* generationsOf({ draining: 2 })
      const oldest = generations.pin()
      yield* generations.swap(resource("second"))
      const younger = generations.pin()
      yield* generations.swap(resource("third"))
      const waiting = yield* fork("swap", generations.swap(resource("fourth")))
      yield* settle
      assert.strictEqual(generations.current(), 3)
      younger.release()
      assert.strictEqual(yield* Fiber.join(waiting), 4)
      assert.isTrue(oldest.value.open)
      oldest.release()
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("the finalizers do not run inside the call that releases last", () =>
    Effect.gen(function* () {
      const { generations } = yield* generationsOf()
      const held = generations.pin()
      yield* generations.swap(resource("second"))
      held.release()
      assert.isTrue(held.value.open)
      yield* settle
      assert.isFalse(held.value.open)
    })
  )
})
