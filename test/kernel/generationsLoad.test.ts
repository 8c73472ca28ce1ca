import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { fork } from "../../src/kernel/Fork.ts"
import { generationsOf, resource, settle } from "./resource.ts"

const callers = 64
const swaps = 300

describe("Generations under load", () => {
  it.effect(`INV-26 ${swaps} swaps under ${callers} callers lose no call, and none sees a closed generation`, () =>
    Effect.gen(function* () {
      const { generations, reports } = yield* generationsOf()
      const seen = new Set<string>()
      const count = { begun: 0, ended: 0, closed: 0 }
      const load = { on: true }

      const call = (yields: number) =>
        generations.use((value) =>
          Effect.gen(function* () {
            count.begun++
            seen.add(value.name)
            for (let n = 0; n < yields; n++) {
              if (!value.open) count.closed++
              yield* Effect.yieldNow
            }
            if (!value.open) count.closed++
            count.ended++
          })
        )

      const caller = (n: number) =>
        Effect.gen(function* () {
          while (load.on) yield* call(1 + (n % 5))
        })

      const fibers = yield* Effect.forEach(
        Array.from({ length: callers }, (_, n) => n),
        (n) => fork(`caller ${n}`, Effect.andThen(Effect.yieldNow, caller(n)))
      )
      for (let n = 0; n < swaps; n++) {
        const build = Effect.andThen(Effect.yieldNow, resource(`${n}`))
        // Every tenth build fails half-way, and must not be noticed by anybody.
        if (n % 10 === 9) yield* Effect.exit(generations.swap(Effect.andThen(build, Effect.fail("broken"))))
        yield* generations.swap(build)
      }
      load.on = false
      yield* Effect.forEach(fibers, Fiber.join)
      yield* settle

      assert.strictEqual(count.ended, count.begun)
      assert.strictEqual(count.closed, 0)
      assert.isAbove(count.begun, callers * 10)
      assert.isAbove(seen.size, swaps / 2, "calls and swaps did overlap")
      const ends = reports.filter((report) => report._tag === "Closed")
      assert.strictEqual(ends.length, swaps)
      assert.isTrue(ends.every(({ inTime, pins }) => inTime && pins === 0))
      assert.strictEqual(generations.draining(), 0)
    })
  )
})
