import { assert, describe, it } from "@effect/vitest"
import { follows, reachedBy } from "../fixtures/property.ts"
import { generations } from "./generations.ts"

describe("Generations, against what each one's own times say", () => {
  it("INV-26 INV-27 INV-32 each is current, open and counted for as long as the book says, whatever calls and swaps come", () =>
    follows(generations, 1_200))

  it("comes to every end of a build, to swaps that wait and are interrupted, and to calls that last over a swap", async () => {
    assert.sameMembers(await reachedBy(generations, 100), [
      "succeeds",
      "fails",
      "dies",
      "succeeds after the end",
      "fails after the end",
      "dies after the end",
      "a swap waits for room",
      "interrupted while waiting",
      "interrupted while building",
      "held over a swap"
    ])
  })
})
