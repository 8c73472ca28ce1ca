import { assert, describe, it } from "@effect/vitest"
import { generate } from "../../src/simulation/Generate.ts"
import { simulate } from "../../src/simulation/Simulate.ts"

/** How many scenarios belong to every test run; `npm run chaos` runs thousands. */
const scenarios = 200

/** A test each, so that a failure says where to look, and none takes long. */
const share = 50

describe("INV-1, 3, 12 to 25, 32, 38, 39: whatever goes wrong, every promise holds", () => {
  for (let from = 1; from <= scenarios; from += share) {
    it(`in the scenarios ${from} to ${from + share - 1}`, { timeout: 60_000 }, () => {
      for (let seed = from; seed < from + share; seed++) {
        const { violations } = simulate(generate(seed))
        const [first] = violations
        if (first === undefined) continue
        assert.fail(
          `seed ${seed}, INV-${first.invariant} ${first.name}: ${first.message}\n` +
            `Replay and shrink with: npm run chaos -- --replay ${seed}`
        )
      }
    })
  }

  it("and much goes wrong in them: calls end in every way there is", () => {
    const seen = new Map<string, number>()
    for (let seed = 1; seed <= 40; seed++) {
      for (const { replies } of simulate(generate(seed)).calls) {
        const error = replies[0]?.message["error"]
        const kind = replies[0] === undefined ? "cancelled" : error === undefined ? "completed" : errorKind(error)
        seen.set(kind, (seen.get(kind) ?? 0) + 1)
      }
    }
    for (const kind of ["cancelled", "completed", "-31001", "-31003", "-31004", "-31005", "-31006", "-32603"]) {
      assert.isAbove(seen.get(kind) ?? 0, 0, `no call ended as ${kind}: ${JSON.stringify([...seen])}`)
    }
  })
})

const errorKind = (error: unknown): string => String((error as { readonly code: number }).code)
