import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { oncePerOutage } from "../../src/kernel/Outage.ts"
import { capturedLogs } from "./capturedLogs.ts"

describe("an outage", () => {
  const logs = capturedLogs()

  it.effect("is told at its first failure, which is known as the first, and once more when it is over", () =>
    Effect.gen(function* () {
      const { complain, rejoice } = oncePerOutage("over")
      yield* rejoice
      const first = [yield* complain("one"), yield* complain("two")]
      yield* rejoice
      yield* rejoice
      const second = [yield* complain("three"), yield* complain("four")]
      assert.deepStrictEqual(
        [first, second],
        [
          [true, false],
          [true, false]
        ]
      )
      assert.deepStrictEqual(logs.lines, ["Warn one", "Info over", "Warn three"])
    }).pipe(Effect.provide(logs.layer))
  )
})
