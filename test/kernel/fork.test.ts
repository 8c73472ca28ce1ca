import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { fork, forkIn } from "../../src/kernel/Fork.ts"
import { capturedLogs } from "./capturedLogs.ts"

describe("fork", () => {
  it.effect("logs a failure with the fiber's name and cause, and hands it on", () => {
    const logs = capturedLogs()
    const seen: Array<Exit.Exit<never, string>> = []
    return Effect.gen(function* () {
      yield* fork("reader", Effect.fail("pipe broken"), (exit) => seen.push(exit))
      assert.deepStrictEqual(seen, [Exit.fail("pipe broken")])
      assert.strictEqual(logs.lines.length, 1)
      assert.match(logs.lines[0] ?? "", /^Error reader failed .*pipe broken/s)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("logs a defect that comes later, without a listener", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const fiber = yield* fork("writer", Effect.andThen(Effect.yieldNow, Effect.die(new Error("boom"))))
      assert.deepStrictEqual(logs.lines, [])
      yield* Fiber.await(fiber)
      assert.match(logs.lines.join("\n"), /^Error writer failed .*boom/s)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("is silent about success and interruption, and still hands them on", () => {
    const logs = capturedLogs()
    const seen: Array<string> = []
    return Effect.gen(function* () {
      yield* fork("done", Effect.succeed(1), (exit) => seen.push(exit._tag))
      const fiber = yield* fork("waits", Effect.never, (exit) => seen.push(`${Exit.hasInterrupts(exit)}`))
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(seen, ["Success", "true"])
      assert.deepStrictEqual(logs.lines, [])
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("interrupts the fiber when its scope closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      let ended = false
      yield* forkIn(scope, "waits", Effect.never, () => {
        ended = true
      })
      assert.isFalse(ended)
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(ended)
    })
  )

  it.effect("starts nothing in a closed scope, and says so to the listener", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Scope.close(scope, Exit.void)
      let started = false
      const seen: Array<boolean> = []
      const effect = Effect.sync(() => {
        started = true
      })
      yield* forkIn(scope, "late", effect, (exit) => seen.push(Exit.hasInterrupts(exit)))
      assert.isFalse(started)
      assert.deepStrictEqual(seen, [true])
    })
  )

  it.effect("logs what a listener throws, and the failure it was told about", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      yield* fork("reader", Effect.fail("first"), () => {
        throw new Error("second")
      })
      assert.strictEqual(logs.lines.length, 2)
      assert.include(logs.lines[0], "second")
      assert.include(logs.lines[1], "first")
    }).pipe(Effect.provide(logs.layer))
  })
})
