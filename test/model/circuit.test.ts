import { assert, describe, it } from "@effect/vitest"
import { follows, reachedBy } from "../fixtures/property.ts"
import { circuit } from "./circuit.ts"

const states = ["Closed", "Open", "HalfOpen", "Isolated"]
const moves = ["Closed>Open", "Open>HalfOpen", "HalfOpen>Closed", "HalfOpen>Open"]
const byHand = ["Closed>Isolated", "Open>Isolated", "HalfOpen>Isolated", "Isolated>Closed"]

describe("Circuit, against a book of its calls and permits", () => {
  it("INV-20 to INV-25 INV-39 is where the book says, after any calls, late results and waits, and closes once faults stop", () =>
    follows(circuit, 10_000))

  it("INV-20 INV-23 makes every move that is allowed, and hears of every late result in every state", async () => {
    const late = ["success", "failure", "ignored", "release"].flatMap((result) =>
      states.map((state) => `late ${result} in ${state}`)
    )
    const reached = await reachedBy(circuit, 500)
    assert.sameMembers(
      reached.filter((each) => !states.some((state) => each === `${state}>${state}`)),
      [...moves, ...byHand, ...late]
    )
  })
})
