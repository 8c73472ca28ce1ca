import { assert, describe, it } from "@effect/vitest"
import { follows, reachedBy } from "../fixtures/property.ts"
import { lifecycle } from "./lifecycle.ts"
import { allSteps } from "./lifecycleRules.ts"

describe("Lifecycle, in a shell that obeys it", () => {
  it("INV-12 INV-13 INV-14 INV-17 INV-19 INV-38 goes only where the rules allow, after any events, and is ready again once faults stop", () =>
    follows(lifecycle, 10_000))

  it("takes every step that the rules allow, so all of them were looked at", async () => {
    assert.sameMembers(await reachedBy(lifecycle, 2_000), [...allSteps])
  })
})
