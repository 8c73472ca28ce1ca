import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import type { Child } from "../../src/kernel/Child.ts"
import { fork } from "../../src/kernel/Fork.ts"
import * as Supervisor from "../../src/kernel/Supervisor.ts"
import { capturedLogs } from "./capturedLogs.ts"
import { supervised } from "./supervised.ts"

/** A child that runs until it is stopped, and then does this before it ends. */
const endingWith = (name: string, end: Effect.Effect<unknown>): Child<never, never> => ({
  name,
  restart: "permanent",
  start: Effect.andThen(
    Effect.addFinalizer(() => end),
    Effect.never
  )
})

describe("Supervisor, stop", () => {
  it.effect("stops in reverse order of the start, each after the one before has ended", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { supervisor, reports } = yield* Scope.provide(supervised(), scope)
      const ended: Array<string> = []
      for (const name of ["a", "b", "c"]) {
        const end = Effect.andThen(
          Effect.yieldNow,
          Effect.sync(() => ended.push(name))
        )
        yield* supervisor.add(endingWith(name, end))
      }
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(ended, ["c", "b", "a"])
      assert.deepStrictEqual(reports.slice(3), ["c stopped true", "b stopped true", "a stopped true"])
      assert.deepStrictEqual(supervisor.children(), [])
    })
  )

  it.effect("gives a child that does not end its bound and no more, and stops the others", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised({ stopMillis: 2_000 })
      yield* supervisor.add(endingWith("first", Effect.void))
      yield* supervisor.add(endingWith("stuck", Effect.never))
      const stop = yield* fork("stop", supervisor.stop)
      yield* TestClock.adjust(1_999)
      assert.notInclude(reports.join(), "stopped")
      yield* TestClock.adjust(1)
      yield* Fiber.join(stop)
      assert.deepStrictEqual(reports.slice(-2), ["stuck stopped false", "first stopped true"])
      assert.include(logs.lines.join("\n"), "Error stuck did not stop in time")
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("a child may have a bound of its own", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor } = yield* supervised()
      yield* supervisor.add({ ...endingWith("stuck", Effect.never), stopMillis: 10 })
      const removed = yield* fork("remove", supervisor.remove("stuck"))
      yield* TestClock.adjust(10)
      assert.isFalse(yield* Fiber.join(removed))
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("INV-12 the name of a child that did not end in time is free only when it has ended", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor } = yield* supervised({ stopMillis: 10 })
      const gate = yield* Deferred.make<void>()
      yield* supervisor.add(endingWith("slow", Deferred.await(gate)))
      const removed = yield* fork("remove", supervisor.remove("slow"))
      yield* TestClock.adjust(10)
      assert.isFalse(yield* Fiber.join(removed))
      assert.deepStrictEqual(supervisor.children(), [{ name: "slow", state: { _tag: "Stopping" } }])
      const refused = yield* Effect.flip(supervisor.add(endingWith("slow", Effect.void)))
      assert.strictEqual(refused.reason, "exists")
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust(0)
      yield* supervisor.add(endingWith("slow", Effect.void))
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("removes one child and leaves the others", () =>
    Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      yield* supervisor.add(endingWith("a", Effect.void))
      yield* supervisor.add(endingWith("b", Effect.void))
      assert.isTrue(yield* supervisor.remove("a"))
      assert.isFalse(yield* supervisor.remove("a"))
      assert.deepStrictEqual(reports, ["a started 0", "b started 0", "a stopped true"])
      yield* TestClock.adjust(1_000)
      assert.deepStrictEqual(
        supervisor.children().map(({ name }) => name),
        ["b"]
      )
    })
  )

  it.effect("a stop during a restart delay ends the wait, and nothing starts any more", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      yield* supervisor.add({ name: "a", restart: "permanent", start: Effect.fail("broken") })
      yield* supervisor.stop
      yield* TestClock.adjust(1_000)
      assert.deepStrictEqual(reports, ["a started 0", "a exited Failure", "a restart 1 in 100", "a stopped true"])
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("a child that breaks while it is stopped is reported, and stopped all the same", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      yield* supervisor.add(endingWith("a", Effect.die("finalizer broke")))
      assert.isTrue(yield* supervisor.remove("a"))
      assert.deepStrictEqual(reports, ["a started 0", "a exited Failure", "a stopped true"])
      assert.match(logs.lines.join("\n"), /Error a failed .*finalizer broke/)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("refuses a name that is taken, one child too many, and everything after the stop", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* supervised({ children: 2 })
      const add = (name: string) => Effect.flip(supervisor.add(endingWith(name, Effect.void)))
      yield* supervisor.add(endingWith("a", Effect.void))
      assert.strictEqual((yield* add("a")).reason, "exists")
      yield* supervisor.add(endingWith("b", Effect.void))
      const full = yield* add("c")
      assert.strictEqual(full.message, "c was not started: the supervisor has as many children as it may have")
      yield* supervisor.stop
      assert.strictEqual((yield* add("d")).reason, "stopped")
    })
  )

  it.effect("lives on when its listener throws", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const supervisor = yield* Supervisor.make({}, () => {
        throw new Error("deaf")
      })
      yield* supervisor.add(endingWith("a", Effect.void))
      assert.strictEqual(supervisor.children().length, 1)
      assert.match(logs.lines.join("\n"), /listener of a failed .*deaf/)
    }).pipe(Effect.provide(logs.layer))
  })
})
