import { assert, describe, it } from "@effect/vitest"
import { follows, reachedBy } from "../fixtures/property.ts"
import { deadlineHeap } from "./deadlineHeap.ts"

describe("Deadline heap, against a map that is searched", () => {
  it("INV-32 holds what the map holds and no more, and gives what is due, the earliest first", () =>
    follows(deadlineHeap, 3_000))

  it("grows to more than three levels", async () => {
    assert.deepStrictEqual(await reachedBy(deadlineHeap, 50), ["more than three levels"])
  })
})
