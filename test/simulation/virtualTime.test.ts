import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import { Livelock, turnsInAnInstant, VirtualTime } from "../../src/simulation/VirtualTime.ts"

const runIn = (time: VirtualTime) =>
  Effect.runForkWith(
    Context.empty().pipe(Context.add(Clock.Clock, time.clock), Context.add(Scheduler.Scheduler, time.scheduler))
  )

describe("Virtual time", () => {
  it("passes only when it is told to, and then all at once", () => {
    const time = new VirtualTime()
    const seen: Array<number> = []
    time.after(3_600_000, () => void seen.push(time.now))
    time.advance(3_599_999)
    assert.deepStrictEqual(seen, [])
    time.advance(1)
    assert.deepStrictEqual(seen, [3_600_000])
  })

  it("runs what is due at one instant in the order in which it was asked for", () => {
    const time = new VirtualTime()
    const seen: Array<string> = []
    for (const name of ["a", "b", "c", "d", "e", "f", "g"]) time.after(5, () => void seen.push(name))
    time.advance(5)
    assert.deepStrictEqual(seen, ["a", "b", "c", "d", "e", "f", "g"])
  })

  it("does not run what was cancelled, also at the instant at which it was due", () => {
    const time = new VirtualTime()
    const seen: Array<string> = []
    time.after(5, () => cancel())
    const cancel = time.after(5, () => void seen.push("late"))
    time.advance(10)
    assert.deepStrictEqual(seen, [])
  })

  it("moves fibers along: they sleep, wake and end without a turn of the real event loop", () => {
    const time = new VirtualTime()
    const seen: Array<string> = []
    const fiber = runIn(time)(
      Effect.gen(function* () {
        seen.push("begun")
        yield* Effect.sleep(1_000)
        yield* Effect.yieldNow
        seen.push(`${yield* Clock.currentTimeMillis} ${time.now}`)
        yield* Effect.timeout(Effect.never, 500).pipe(Effect.ignore)
        seen.push(`${time.now}`)
      })
    )
    time.advance(5_000)
    assert.deepStrictEqual(seen, ["begun", `${Date.UTC(2026, 0, 1) + 1_000} 1000`, "1500"])
    assert.isDefined(fiber.pollUnsafe())
  })

  it("lets the wall clock jump without anyone who sleeps noticing", () => {
    const time = new VirtualTime()
    const before = time.clock.currentTimeMillisUnsafe()
    const fiber = runIn(time)(Effect.sleep(1_000))
    time.jumpWallClock(-3_600_000)
    time.advance(999)
    assert.strictEqual(time.clock.currentTimeMillisUnsafe(), before - 3_600_000 + 999)
    assert.isUndefined(fiber.pollUnsafe())
    time.advance(1)
    assert.isDefined(fiber.pollUnsafe())
  })

  it("wakes late what was to run while the machine slept", () => {
    const time = new VirtualTime()
    const seen: Array<number> = []
    time.after(10, () => void seen.push(time.now))
    time.leap(60_000)
    assert.deepStrictEqual(seen, [60_000])
  })

  it("ends what runs in a circle, instead of going on for ever", () => {
    const time = new VirtualTime()
    let turns = 0
    const again = () => {
      turns++
      time.soon(again)
    }
    time.soon(again)
    assert.throws(() => time.settle(), Livelock)
    assert.isAtMost(turns, turnsInAnInstant + 1)
  })

  /** Each of them comes to an end some time, far beyond the bound: a test of a livelock that is not noticed ends too. */
  const far = 2 * turnsInAnInstant

  it("ends timers without a delay of which each sets the next", () => {
    const time = new VirtualTime()
    let timers = 0
    const again = () => {
      if (++timers < far) time.after(0, again)
    }
    time.after(5, again)
    assert.throws(() => time.advance(10), Livelock, `at 5 ms more than ${turnsInAnInstant} turns and timers`)
    assert.isAtMost(timers, turnsInAnInstant + 1)
  })

  it("ends timers without a delay of which each sets two", () => {
    const time = new VirtualTime()
    let timers = 0
    const again = () => {
      for (let one = 0; one < 2; one++) if (++timers < far) time.after(0, again)
    }
    time.after(5, again)
    assert.throws(() => time.advance(10), Livelock)
  })

  it("ends timers without a delay of which each sets the next after some turns", () => {
    const time = new VirtualTime()
    const turnsEach = 1_000
    let turns = 0
    const again = (left: number) => {
      if (++turns > far) return
      if (left > 0) time.soon(() => again(left - 1))
      else time.after(0, () => again(turnsEach))
    }
    time.after(5, () => again(turnsEach))
    assert.throws(() => time.advance(10), Livelock)
    assert.isAtMost(turns, turnsInAnInstant + 1)
  })

  it("lets as much happen at each instant, however many instants there are", () => {
    const time = new VirtualTime()
    let timers = 0
    const again = () => {
      const isNext = ++timers % (turnsInAnInstant / 2) === 0
      if (timers < far) time.after(isNext ? 1 : 0, again)
    }
    time.after(1, again)
    time.advance(10)
    assert.strictEqual(timers, far)
  })

  it("interrupts a fiber like any other", () => {
    const time = new VirtualTime()
    let isReleased = false
    const fiber = runIn(time)(
      Effect.scoped(
        Effect.andThen(
          Effect.addFinalizer(() =>
            Effect.andThen(
              Effect.sleep(50),
              Effect.sync(() => (isReleased = true))
            )
          ),
          Effect.never
        )
      )
    )
    time.settle()
    fiber.interruptUnsafe()
    time.advance(49)
    assert.isFalse(isReleased)
    time.advance(1)
    assert.isTrue(isReleased)
    runIn(time)(Fiber.await(fiber))
  })
})
