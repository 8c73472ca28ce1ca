import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import * as Scope from "effect/Scope"
import type * as Supervisor from "../../src/kernel/Supervisor.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"
import { supervised } from "./supervised.ts"

const day = 24 * 60 * 60 * 1_000

/** A child that is up for each of these times and then fails, the last again and again, on a clock to be set by hand. */
const failing = (upMillis: ReadonlyArray<number>) => {
  const time = new VirtualTime()
  let starts = 0
  const start = Effect.suspend(() =>
    Effect.andThen(Effect.sleep(upMillis[Math.min(starts++, upMillis.length - 1)] ?? 0), Effect.fail("broken"))
  )
  const started: Array<{ readonly supervisor: Supervisor.Supervisor; readonly reports: ReadonlyArray<string> }> = []
  const program = Effect.gen(function* () {
    const tree = yield* supervised()
    yield* tree.supervisor.add({ name: "a", restart: "permanent", start })
    started.push(tree)
  }).pipe(
    Effect.provideService(Scope.Scope, Scope.makeUnsafe()),
    Effect.provideService(Clock.Clock, time.clock),
    Effect.provideService(References.CurrentLoggers, new Set())
  )
  Effect.runFork(program, { scheduler: time.scheduler })
  time.advance(0)
  const [tree] = started
  assert(tree !== undefined)
  return { time, reports: tree.reports, state: () => tree.supervisor.children()[0]?.state }
}

describe("Supervisor, while the wall clock is set", () => {
  it("INV-13 a clock set forward forgets no restart: what exceeds the intensity is quarantined all the same", () => {
    const { reports, time } = failing([0])
    time.jumpWallClock(day)
    time.advance(100)
    time.jumpWallClock(day)
    time.advance(200)
    assert.include(reports.at(-1), "a quarantined for 60000: 2 restarts within 10 s")
  })

  it("INV-13 a clock set back makes no window longer: restarts that are far apart go on", () => {
    const { reports, time } = failing([20_000])
    for (let crash = 0; crash < 5; crash++) {
      time.advance(20_100)
      time.jumpWallClock(-20_100)
    }
    assert.lengthOf(
      reports.filter((line) => line === "a started 1"),
      5
    )
  })

  it("INV-19 a clock set forward makes no ready time longer", () => {
    const { reports, time } = failing([10, 10])
    time.advance(110)
    time.jumpWallClock(day)
    time.advance(10)
    assert.strictEqual(reports.at(-1), "a restart 2 in 200")
  })

  it("INV-19 a clock set back makes no ready time shorter", () => {
    const { reports, time } = failing([10, 5_000])
    time.advance(110)
    time.jumpWallClock(-day)
    time.advance(5_000)
    assert.strictEqual(reports.at(-1), "a restart 1 in 100")
  })

  it("says since when a child runs and until when it waits on the wall clock as it stands", () => {
    const { state, time } = failing([0, 1_000])
    const begun = time.clock.currentTimeMillisUnsafe()
    assert.deepStrictEqual(state(), { _tag: "Backoff", attempt: 1, until: begun + 100 })
    time.jumpWallClock(day)
    assert.deepStrictEqual(state(), { _tag: "Backoff", attempt: 1, until: begun + day + 100 })
    time.advance(400)
    assert.deepStrictEqual(state(), { _tag: "Running", since: begun + day + 100 })
  })
})
