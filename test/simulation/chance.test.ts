import { assert, describe, it } from "@effect/vitest"
import { Chance, chanceOf } from "../../src/simulation/Chance.ts"

const first = (chance: Chance, count = 20): ReadonlyArray<number> => Array.from({ length: count }, () => chance.next())

describe("Chance of a seed", () => {
  it("is the same for the same seed, and another for another", () => {
    assert.deepStrictEqual(first(new Chance(7)), first(new Chance(7)))
    assert.notDeepEqual(first(new Chance(7)), first(new Chance(8)))
    assert.deepStrictEqual(first(new Chance("seven")), first(new Chance("seven")))
  })

  it("is what it always was: recorded scenarios depend on it", () => {
    assert.deepStrictEqual(first(new Chance(1), 3), [0.3140447095502168, 0.7981969665270299, 0.6133407482411712])
    assert.strictEqual(chanceOf("canary-0-1"), 0.4092880804091692)
  })

  it("lies in [0, 1) and is spread evenly", () => {
    const chance = new Chance(3)
    const buckets = Array.from({ length: 10 }, () => 0)
    for (let index = 0; index < 100_000; index++) {
      const bucket = Math.floor(chance.next() * 10)
      buckets[bucket] = (buckets[bucket] ?? Number.NaN) + 1
    }
    for (const count of buckets) assert.closeTo(count, 10_000, 500)
  })

  it("has streams that do not move each other", () => {
    const one = new Chance(5)
    const other = new Chance(5)
    const ofOne = one.split("backend")
    const ofOther = other.split("backend")
    first(ofOne)
    assert.deepStrictEqual(first(one.split("client")), first(other.split("client")))
    assert.notDeepEqual(first(new Chance(5).split("a")), first(new Chance(5).split("b")))
    first(ofOther)
    assert.strictEqual(ofOne.next(), ofOther.next())
  })

  it("chooses by weight, never what weighs nothing", () => {
    const chance = new Chance(9)
    const counts = { often: 0, seldom: 0, never: 0 }
    for (let index = 0; index < 10_000; index++) {
      counts[
        chance.weighed([
          [9, "often"],
          [0, "never"],
          [1, "seldom"]
        ] as const)
      ]++
    }
    assert.strictEqual(counts.never, 0)
    assert.closeTo(counts.seldom, 1_000, 150)
  })

  it("refuses to choose from nothing", () => {
    assert.throws(() => new Chance(1).of([]), RangeError)
  })

  it("gives whole numbers from the one bound to the other, both included", () => {
    const chance = new Chance(2)
    const seen = new Set(Array.from({ length: 200 }, () => chance.whole(3, 6)))
    assert.deepStrictEqual([...seen].sort(), [3, 4, 5, 6])
  })
})
