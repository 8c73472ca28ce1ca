import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as DeadlineTimer from "../../src/kernel/DeadlineTimer.ts"
import { capturedLogs } from "./capturedLogs.ts"

const timed = Effect.gen(function* () {
  const due: Array<ReadonlyArray<string>> = []
  const timer = yield* DeadlineTimer.make<string>("deadlines", (keys) => void due.push(keys))
  return { timer, due }
})

/** A scheduler that makes a fiber give way at one step of its run, and does something before it goes on. */
const pausing = (base: Scheduler.Scheduler) => {
  let stepsLeft = Infinity
  let meanwhile: (() => void) | undefined
  const scheduler: Scheduler.Scheduler = {
    executionMode: base.executionMode,
    shouldYield: () => --stepsLeft === 0,
    makeDispatcher() {
      const dispatcher = base.makeDispatcher()
      return {
        scheduleTask: (task, priority) => {
          const first = stepsLeft <= 0 ? meanwhile : undefined
          if (first !== undefined) meanwhile = undefined
          dispatcher.scheduleTask(() => {
            first?.()
            task()
          }, priority)
        },
        flush: () => dispatcher.flush()
      }
    }
  }
  const atStep = (step: number, run: () => void) => {
    stepsLeft = step
    meanwhile = run
  }
  return { scheduler, atStep }
}

describe("DeadlineTimer", () => {
  it.effect("gives each key when its time has come, not before, the earliest first", () =>
    Effect.gen(function* () {
      const { timer, due } = yield* timed
      timer.add("late", 300)
      timer.add("early", 100)
      timer.add("middle", 200)
      yield* TestClock.adjust(99)
      assert.deepStrictEqual(due, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(due, [["early"]])
      yield* TestClock.adjust(200)
      assert.deepStrictEqual(due, [["early"], ["middle"], ["late"]])
      assert.strictEqual(timer.size(), 0)
    })
  )

  it.effect("gives those of one moment together", () =>
    Effect.gen(function* () {
      const { timer, due } = yield* timed
      for (const key of ["a", "b", "c"]) timer.add(key, 50)
      yield* TestClock.adjust(50)
      assert.deepStrictEqual(
        due.map((keys) => keys.toSorted()),
        [["a", "b", "c"]]
      )
    })
  )

  it.effect("never gives a key that was removed, and a key set again only at its new time", () =>
    Effect.gen(function* () {
      const { timer, due } = yield* timed
      timer.add("gone", 100)
      timer.add("moved", 100)
      assert.isTrue(timer.remove("gone"))
      assert.isFalse(timer.remove("gone"))
      timer.add("moved", 250)
      yield* TestClock.adjust(249)
      assert.deepStrictEqual(due, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(due, [["moved"]])
      assert.isFalse(timer.remove("moved"))
    })
  )

  it.effect("is not armed for each call: a thousand calls that end in time arm it once", () =>
    Effect.gen(function* () {
      const { timer, due } = yield* timed
      for (let n = 0; n < 1_000; n++) {
        timer.add(`call ${n}`, 60_000)
        if (n % 100 === 0) yield* TestClock.adjust(10)
        timer.remove(`call ${n}`)
      }
      assert.strictEqual(timer.armed(), 1)
      yield* TestClock.adjust(120_000)
      assert.strictEqual(timer.armed(), 1, "with nothing to wait for it sleeps for ever")
      assert.deepStrictEqual(due, [])
      timer.add("next", 10)
      yield* TestClock.adjust(10)
      assert.deepStrictEqual(due, [["next"]])
    })
  )

  it.effect("a deadline of now, or of the past, is due at once", () =>
    Effect.gen(function* () {
      const { timer, due } = yield* timed
      yield* TestClock.adjust(1_000)
      timer.add("now", 0)
      timer.add("past", -5)
      assert.deepStrictEqual(due.flat(), ["now", "past"])
    })
  )

  it.effect("keys that are added by the callback are not forgotten", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      const timer: DeadlineTimer.DeadlineTimer<number> = yield* DeadlineTimer.make<number>("deadlines", (keys) => {
        seen.push(...keys)
        for (const key of keys) if (key < 5) timer.add(key + 1, 10)
      })
      timer.add(1, 10)
      yield* TestClock.adjust(50)
      assert.deepStrictEqual(seen, [1, 2, 3, 4, 5])
    })
  )

  it.effect("forgets no deadline that is added while its fiber has given way to others", () =>
    Effect.gen(function* () {
      let added = 0
      for (let step = 1; step <= 30; step++) {
        const pause = pausing(yield* Scheduler.Scheduler)
        const { timer, due } = yield* Effect.provideService(timed, Scheduler.Scheduler, pause.scheduler)
        timer.add("first", 10)
        pause.atStep(step, () => timer.add("a", 5))
        yield* TestClock.adjust(10)
        // Beyond the last step nothing was added.
        if (timer.size() === 0) continue
        added++
        yield* TestClock.adjust(5)
        assert.deepStrictEqual(due, [["first"], ["a"]], `added at step ${step}`)
      }
      assert.isAbove(added, 5)
    })
  )

  it.effect("lives on when the callback throws, and logs it", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const seen: Array<string> = []
      const timer = yield* DeadlineTimer.make<string>("deadlines", ([key = ""]) => {
        if (key === "bad") throw new Error("callback broke")
        seen.push(key)
      })
      timer.add("bad", 10)
      timer.add("good", 20)
      yield* TestClock.adjust(20)
      assert.deepStrictEqual(seen, ["good"])
      assert.match(logs.lines.join("\n"), /listener of deadlines failed .*callback broke/)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("ends with its scope", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { timer, due } = yield* Scope.provide(timed, scope)
      timer.add("a", 10)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust(10)
      timer.add("b", 0)
      assert.deepStrictEqual(due, [])
    })
  )
})
