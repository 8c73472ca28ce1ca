import { assert, describe, it } from "@effect/vitest"
import { follows, reachedBy } from "../fixtures/property.ts"
import { relisting } from "./relisting.ts"

describe("Relisting, against the number of the lists that are known", () => {
  it("INV-5 knows the lists of today when nothing is under way, however changes and readings overlap", () =>
    follows(relisting, 3_000))

  it("comes to changes and waits that fall into a reading, and to changes before the first lists", async () => {
    assert.sameMembers(await reachedBy(relisting, 200), [
      "a change before the first lists are known",
      "a change while the lists are read",
      "a wait that ends while the lists are read"
    ])
  })
})
