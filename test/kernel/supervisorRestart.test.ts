import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { capturedLogs } from "./capturedLogs.ts"
import { supervised } from "./supervised.ts"

/** A child that does as the script says at each start, the last step again and again. */
const scripted = (script: ReadonlyArray<Effect.Effect<void, string>>) => {
  let starts = 0
  return {
    starts: () => starts,
    start: Effect.suspend(() => script[Math.min(starts++, script.length - 1)] ?? Effect.never)
  }
}

const stateOf = (supervisor: { readonly children: () => ReadonlyArray<{ name: string; state: { _tag: string } }> }) =>
  supervisor.children().map(({ name, state }) => `${name} ${state._tag}`)

describe("Supervisor, restarts", () => {
  it.effect("starts a failed child again after its delay, and reports every step", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      yield* supervisor.add({ name: "a", restart: "permanent", ...scripted([Effect.fail("broken"), Effect.never]) })
      assert.deepStrictEqual(stateOf(supervisor), ["a Backoff"])
      yield* TestClock.adjust(99)
      assert.strictEqual(reports.length, 3)
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(reports, ["a started 0", "a exited Failure", "a restart 1 in 100", "a started 1"])
      assert.deepStrictEqual(stateOf(supervisor), ["a Running"])
      assert.match(logs.lines.join("\n"), /^Error a failed .*broken/m)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("a defect restarts as a failure does", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      yield* supervisor.add({ name: "a", restart: "transient", ...scripted([Effect.die("bug"), Effect.never]) })
      yield* TestClock.adjust(100)
      assert.strictEqual(reports.at(-1), "a started 1")
      assert.match(logs.lines.join("\n"), /bug/)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("permanent runs again after a good end; transient and temporary are finished and free their name", () =>
    Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      for (const restart of ["permanent", "transient", "temporary"] as const) {
        yield* supervisor.add({ name: restart, restart, start: Effect.void })
      }
      assert.deepStrictEqual(stateOf(supervisor), ["permanent Backoff"])
      assert.include(reports, "transient finished")
      yield* supervisor.add({ name: "temporary", restart: "temporary", start: Effect.never })
    })
  )

  it.effect("temporary is not started again after a failure", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      yield* supervisor.add({ name: "t", restart: "temporary", start: Effect.fail("broken") })
      assert.deepStrictEqual(reports, ["t started 0", "t exited Failure", "t finished"])
      assert.strictEqual(logs.lines.filter((line) => line.startsWith("Error")).length, 1)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("each run has a scope of its own, closed before the next run", () =>
    Effect.gen(function* () {
      const { supervisor } = yield* supervised()
      const seen: Array<string> = []
      const start = Effect.acquireRelease(
        Effect.sync(() => seen.push("acquired")),
        () => Effect.sync(() => seen.push("released"))
      ).pipe(Effect.asVoid)
      yield* supervisor.add({ name: "a", restart: "permanent", start })
      yield* TestClock.adjust(100)
      assert.deepStrictEqual(seen, ["acquired", "released", "acquired", "released"])
    })
  )

  it.effect("INV-13 INV-15 quarantines what exceeds its intensity, and touches no other child", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      const healthy = scripted([Effect.never])
      yield* supervisor.add({ name: "good", restart: "permanent", ...healthy })
      yield* supervisor.add({ name: "bad", restart: "permanent", start: Effect.fail("broken") })
      yield* TestClock.adjust(59_000)
      assert.strictEqual(reports.filter((line) => line.startsWith("bad started")).length, 3, "1 start, 2 restarts")
      assert.include(reports.at(-1), "bad quarantined for 60000: 2 restarts within 10 s")
      assert.deepStrictEqual(stateOf(supervisor), ["good Running", "bad Quarantined"])
      assert.strictEqual(healthy.starts(), 1)
      assert.match(logs.lines.join("\n"), /^Error bad is quarantined/m)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("a quarantined child gets one slow try, and goes back at once when it fails", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      const child = scripted([Effect.fail("1"), Effect.fail("2"), Effect.fail("3"), Effect.fail("4"), Effect.never])
      yield* supervisor.add({ name: "a", restart: "permanent", ...child })
      yield* TestClock.adjust(300)
      assert.deepStrictEqual(stateOf(supervisor), ["a Quarantined"])
      yield* TestClock.adjust(60_000)
      assert.deepStrictEqual(reports.slice(-3), [
        "a started 0",
        "a exited Failure",
        "a quarantined for 60000: it failed again when it was retried"
      ])
      yield* TestClock.adjust(60_000)
      assert.deepStrictEqual(stateOf(supervisor), ["a Running"])
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("woken by hand, it starts at once with a fresh history", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      yield* supervisor.add({ name: "a", restart: "permanent", start: Effect.fail("broken") })
      yield* TestClock.adjust(300)
      assert.deepStrictEqual(stateOf(supervisor), ["a Quarantined"])
      assert.isTrue(yield* supervisor.wake("a"))
      assert.deepStrictEqual(reports.slice(-3), ["a started 0", "a exited Failure", "a restart 1 in 100"])
      assert.isTrue(yield* supervisor.wake("a"), "a delay is ended too")
      assert.isFalse(yield* supervisor.wake("nobody"))
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("INV-19 the delay starts from its base again only after the child was up for long enough", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      const up = (millis: number) => Effect.andThen(Effect.sleep(millis), Effect.fail("broken"))
      yield* supervisor.add({ name: "a", restart: "permanent", ...scripted([up(10), up(4_900), up(5_000), up(1)]) })
      yield* TestClock.adjust(10 + 100 + 4_900 + 200 + 5_000)
      assert.deepStrictEqual(
        reports.filter((line) => line.includes(" restart ")),
        ["a restart 1 in 100", "a restart 2 in 200", "a restart 1 in 100"]
      )
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("a child that interrupts its own fiber ends, reported, and never spins", () =>
    Effect.gen(function* () {
      const { supervisor, reports } = yield* supervised()
      const start = Effect.flatMap(Effect.fiber, (fiber) => Effect.sync(() => fiber.interruptUnsafe()))
      yield* supervisor.add({ name: "a", restart: "permanent", start: Effect.andThen(start, Effect.never) })
      yield* TestClock.adjust(1_000)
      assert.strictEqual(reports.at(-1), "a finished")
      assert.deepStrictEqual(stateOf(supervisor), [])
    })
  )
})
