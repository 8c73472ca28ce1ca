import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { assertPolicy, superviseInVirtualTime } from "../../../src/testing.ts"
import { checkTheCircuit, fibonacci, lawsOf, daily, small, supervised } from "./example.ts"

it("restarts by the row and within the budget of a day", () => {
  assertPolicy(fibonacci(small), lawsOf(small))
  assertPolicy(fibonacci(daily), lawsOf(daily), { seed: "importer" })
})

it("does so in the real supervisor", () => {
  assertPolicy(fibonacci(small), lawsOf(small), { runs: 100, play: superviseInVirtualTime })
})

it("a circuit holds its laws", checkTheCircuit)

it.effect("keeps an importer alive that fails now and then", () =>
  Effect.gen(function* () {
    const starts: Array<number> = []
    const importer = Effect.clockWith((clock) => {
      starts.push(clock.currentTimeMillisUnsafe())
      return Effect.fail(new Error("the service is slow"))
    })
    yield* Effect.forkScoped(supervised(importer))
    for (const seconds of [0, 1, 1, 2, 3]) yield* TestClock.adjust(seconds * 1_000)
    assert.deepStrictEqual(starts, [0, 1_000, 2_000, 4_000, 7_000])
  }).pipe(Effect.provideService(References.CurrentLoggers, new Set()))
)
