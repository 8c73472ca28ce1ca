import { assert, describe, it } from "@effect/vitest"
import { momentsOf } from "../../src/gateway/Status.ts"

const status = (provenMsAgo: number | null, retryInMs: number) => ({
  backends: [{ name: "one", provenMsAgo, retryInMs, restarts: 2 }]
})

describe("what decides whether the status file is written anew", () => {
  it("stays the same while only time passes", () => {
    assert.strictEqual(momentsOf(status(1_000, 9_000), 50_000), momentsOf(status(4_000, 6_000), 53_000))
    assert.strictEqual(momentsOf(status(null, 9_000), 50_000), momentsOf(status(null, 5_000), 54_000))
  })

  it("changes with a new proof, a new delay, or anything else", () => {
    const before = momentsOf(status(1_000, 9_000), 50_000)
    assert.notStrictEqual(before, momentsOf(status(0, 6_000), 53_000))
    assert.notStrictEqual(before, momentsOf(status(4_000, 30_000), 53_000))
    assert.notStrictEqual(
      before,
      momentsOf({ backends: [{ ...status(4_000, 6_000).backends[0], restarts: 3 }] }, 53_000)
    )
  })
})
