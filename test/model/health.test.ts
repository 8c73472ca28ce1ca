import { assert, describe, it } from "@effect/vitest"
import { follows, reachedBy } from "../fixtures/property.ts"
import { health } from "./health.ts"

describe("Health, against all its results", () => {
  it("is down after that many misses on end and up again after that many hits on end, whatever came before", () =>
    follows(health, 3_000))

  it("comes from every status to every other that it can come to", async () => {
    assert.sameMembers(await reachedBy(health, 200), [
      "unproven>unproven",
      "unproven>up",
      "unproven>down",
      "up>up",
      "up>down",
      "down>down",
      "down>up"
    ])
  })
})
