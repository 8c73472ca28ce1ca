import { assert, describe, it } from "@effect/vitest"
import type { Outcome } from "../../src/domain/Outcome.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { callOf, standing } from "./byHand.ts"

const tags = (outcomes: ReadonlyArray<Outcome>) => outcomes.map(({ _tag }) => _tag)

/** A backend with one call that was written and still waits for its connection, as over HTTP. */
const waiting = () => {
  const stage = standing(specOf("a"))
  stage.actor.start()
  stage.up(1)
  const { addressed, outcomes } = callOf("x")
  stage.tell({ _tag: "Call", addressed })
  stage.unsent.add("sg:1:1")
  return { ...stage, addressed, outcomes }
}

describe("a call that has not reached its server", () => {
  it("is not sent, when its deadline passes", () => {
    const { outcomes, tell } = waiting()
    tell({ _tag: "Due", keys: [1] })
    assert.deepStrictEqual(tags(outcomes), ["NotSent"])
  })

  it("was not sent, when its client cancels it", () => {
    const { addressed, outcomes, tell } = waiting()
    tell({ _tag: "Cancel", call: addressed.call })
    assert.deepStrictEqual(outcomes, [{ _tag: "Cancelled", sent: false }])
  })

  it("goes out on the next line, when the gateway ends this one", () => {
    const { actor, dropped, later, outcomes, tell, up, written } = waiting()
    tell({ _tag: "Oversize", epoch: 1, bytes: 1 })
    assert.deepStrictEqual(dropped, ["sg:1:1"], "it must not leave after all")
    tell({ _tag: "Exited", epoch: 1, reason: "was ended" })
    assert.deepStrictEqual(tags(outcomes), [])
    later(60_000)
    up(2)
    assert.strictEqual(actor.inFlight.sent, 1)
    assert.strictEqual(written.filter((frame) => frame.includes("tools/call")).length, 2)
  })

  it("is unknown in each of these cases, once it has", () => {
    for (const end of ["deadline", "line"] as const) {
      const { outcomes, tell, unsent } = waiting()
      unsent.clear()
      tell(end === "deadline" ? { _tag: "Due", keys: [1] } : { _tag: "Oversize", epoch: 1, bytes: 1 })
      tell({ _tag: "Exited", epoch: 1, reason: "was ended" })
      assert.deepStrictEqual(tags(outcomes), ["Unknown"], end)
    }
  })
})
