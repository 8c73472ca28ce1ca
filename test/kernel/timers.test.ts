import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { realTimers, Timers } from "../../src/kernel/Timers.ts"

it.effect("the timers of the machine are in use, unless others are given", () =>
  Effect.gen(function* () {
    const others: Timers = { after: () => () => {}, soon: () => {} }
    assert.strictEqual(yield* Timers, realTimers)
    assert.strictEqual(yield* Effect.provideService(Timers, Timers, others), others)
  })
)

it("what is soon runs after the present turn and before any timer, and what is taken back never runs", async () => {
  const ran: Array<string> = []
  await new Promise<void>((resolve) => {
    realTimers.after(0, () => ran.push("later"))
    const takeBack = realTimers.after(0, () => ran.push("taken back"))
    realTimers.soon(() => ran.push("soon"))
    ran.push("now")
    takeBack()
    realTimers.after(2, resolve)
  })
  assert.deepStrictEqual(ran, ["now", "soon", "later"])
})
