import { assert, describe, it } from "@effect/vitest"
import { follows, reachedBy } from "../fixtures/property.ts"
import { givenUp } from "./givenUp.ts"

describe("Calls that were given up before their backend saw them, against none", () => {
  it("INV-1 start nothing, take nobody's place and have nobody give way", () => follows(givenUp, 2_000))

  it("come to backends that are idle, that are starting, and where more would wait than may", async () => {
    assert.sameMembers(await reachedBy(givenUp, 200), ["Idle", "Starting", "more than may wait"])
  })
})
