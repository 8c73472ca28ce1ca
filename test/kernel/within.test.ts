import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { fork } from "../../src/kernel/Fork.ts"
import { within } from "../../src/kernel/Within.ts"
import { capturedLogs } from "./capturedLogs.ts"

describe("within", () => {
  it.effect("answers true for what ends in time, at once", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* within("close", Effect.void, 0))
    })
  )

  it.effect(
    "does not wait longer than the bound, even where nothing can be interrupted, and lets the late one end",
    () =>
      Effect.gen(function* () {
        const gate = yield* Deferred.make<void>()
        let ended = false
        const slow = Effect.andThen(
          Deferred.await(gate),
          Effect.sync(() => {
            ended = true
          })
        )
        const waiting = yield* fork(
          "waiting",
          Effect.uninterruptible(within("close", Effect.uninterruptible(slow), 50))
        )
        yield* TestClock.adjust(49)
        assert.isUndefined(waiting.pollUnsafe())
        yield* TestClock.adjust(1)
        assert.isFalse(yield* Fiber.join(waiting))
        yield* Deferred.succeed(gate, undefined)
        yield* Effect.yieldNow
        assert.isTrue(ended)
      })
  )

  it.effect("logs a failure and counts it as ended", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      assert.isTrue(yield* within("close", Effect.fail("stubborn"), 50))
      assert.match(logs.lines.join(), /^Error close failed .*stubborn/)
    }).pipe(Effect.provide(logs.layer))
  })
})
