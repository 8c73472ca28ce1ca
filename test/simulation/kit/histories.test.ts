import { assert, describe, it } from "@effect/vitest"
import {
  Chance,
  calls,
  livesAtMost,
  outages,
  simplerCalls,
  simplerHistories,
  stepsAtMost,
  type Life
} from "../../../src/testing.ts"

const seeds = Array.from({ length: 300 }, (_, seed) => seed)
const mark = 5_000

describe("generated histories", () => {
  it("are the same for the same chance, and plain data", () => {
    for (const seed of seeds.slice(0, 20)) {
      const history = outages(new Chance(seed), { marks: [mark] })
      assert.deepStrictEqual(outages(new Chance(seed), { marks: [mark] }), history)
      const steps = calls(new Chance(seed))
      assert.deepStrictEqual(JSON.parse(JSON.stringify(steps)), steps)
    }
  })

  it("are as long as they may be, and no longer", () => {
    const longest = Math.max(...seeds.map((seed) => outages(new Chance(seed)).length))
    assert.strictEqual(longest, livesAtMost)
    assert.strictEqual(Math.max(...seeds.map((seed) => calls(new Chance(seed)).length)), stepsAtMost)
    assert.isAtMost(Math.max(...seeds.map((seed) => outages(new Chance(seed), { lives: 3 }).length)), 3)
    assert.isAtMost(Math.max(...seeds.map((seed) => calls(new Chance(seed), { steps: 3 }).length)), 3)
  })

  it("have everything that can happen to a child in them", () => {
    const lives = seeds.flatMap((seed) => outages(new Chance(seed), { marks: [mark] }))
    const some = (what: string, holds: (life: Life) => boolean) => assert.isTrue(lives.some(holds), what)
    some("fails to start at once", ({ startMillis, upMillis }) => startMillis === 0 && upMillis === undefined)
    some("fails to start after a while", ({ startMillis, upMillis }) => startMillis > 0 && upMillis === undefined)
    some("comes up late", ({ startMillis, upMillis }) => startMillis > 1_000 && upMillis !== undefined)
    some("ends as soon as it is up", ({ upMillis }) => upMillis === 0)
    some("stays up for minutes", ({ upMillis = 0 }) => upMillis > 60_000)
    some("is up just too short", ({ upMillis }) => upMillis === mark - 1)
    some("is up just long enough", ({ upMillis }) => upMillis === mark)
    some("has a late timer", ({ lateMillis }) => lateMillis > 0)
    some("has the least chance", ({ random }) => random === 0)
    some("has the most chance", ({ random }) => random > 0.999)
    assert.isTrue(lives.every(({ random }) => random >= 0 && random < 1))
  })

  it("become simpler only, so that a search for the shortest ends", () => {
    const weight = ({ lateMillis, random, startMillis, upMillis = -1 }: Life) =>
      [
        upMillis >= 0,
        upMillis > 0,
        startMillis > 0,
        lateMillis > 0,
        random !== 0.5,
        random > 0 && random !== 0.5
      ].filter(Boolean).length
    for (const seed of seeds.slice(0, 30)) {
      const history = outages(new Chance(seed), { lives: 8, marks: [mark] })
      const total = (lives: ReadonlyArray<Life>) => lives.reduce((sum, life) => sum + weight(life), lives.length * 10)
      const millis = (lives: ReadonlyArray<Life>) =>
        lives.reduce((sum, life) => sum + (life.upMillis ?? 0) + life.startMillis + life.lateMillis, 0)
      for (const simpler of simplerHistories(history)) {
        assert.isTrue(total(simpler) < total(history) || millis(simpler) < millis(history))
      }
      const steps = calls(new Chance(seed), { steps: 8 })
      for (const simpler of simplerCalls(steps)) assert.notDeepEqual(simpler, steps)
    }
  })
})
