import { assert, describe, it } from "@effect/vitest"
import { follows, reachedBy } from "../fixtures/property.ts"
import { mailbox } from "./mailbox.ts"

describe("Mailbox, against two lists", () => {
  it("INV-32 takes, refuses and hands over what the lists do, and wakes its consumer when something is there", () =>
    follows(mailbox, 3_000))

  it("comes to lanes of more than a batch, and to consumers that give way", async () => {
    assert.sameMembers(await reachedBy(mailbox, 200), ["more than a batch", "gave way"])
  })
})
