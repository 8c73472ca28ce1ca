import { assert, describe, it } from "@effect/vitest"
import { shrink, withoutSome } from "../../src/simulation/Shrink.ts"

const hundred: ReadonlyArray<number> = Array.from({ length: 100 }, (_, index) => index)

describe("Shrinking", () => {
  it("leaves only what makes it fail", () => {
    const { value } = shrink(hundred, {
      simpler: withoutSome,
      fails: (list) => list.includes(17) && list.includes(64) && list.includes(65)
    })
    assert.deepStrictEqual(value, [17, 64, 65])
  })

  it("takes few tries where one member is to blame", () => {
    const { tried, value } = shrink(hundred, { simpler: withoutSome, fails: (list) => list.includes(42) })
    assert.deepStrictEqual(value, [42])
    assert.isBelow(tried, 40)
  })

  it("gives back what it got when nothing simpler fails", () => {
    assert.deepStrictEqual(
      shrink<ReadonlyArray<number>>([1, 2], { simpler: withoutSome, fails: () => false }).value,
      [1, 2]
    )
  })

  it("ends after its number of tries", () => {
    const { tried } = shrink(hundred, { simpler: withoutSome, fails: (list) => list.length > 50, tries: 30 })
    assert.isAtMost(tried, 30)
  })
})
