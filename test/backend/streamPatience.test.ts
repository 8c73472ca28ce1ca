import { assert, it } from "@effect/vitest"
import { patienceBounds, StreamPatience } from "../../src/backend/StreamPatience.ts"

const { leastMillis, mostMillis } = patienceBounds

it("a server of which nothing is known may begin a stream when it likes", () => {
  const patience = new StreamPatience()
  assert.strictEqual(patience.millis, 0)
  patience.missed()
  assert.strictEqual(patience.millis, 0)
})

it("one that began at once is expected to do so again, and given more time each time that it does not", () => {
  const patience = new StreamPatience()
  patience.began(true)
  const given = Array.from({ length: 20 }, () => {
    const { millis } = patience
    patience.missed()
    return millis
  })
  assert.deepStrictEqual(given.slice(0, 4), [leastMillis, leastMillis * 2, leastMillis * 4, mostMillis])
  assert.strictEqual(Math.max(...given), mostMillis)
  patience.began(true)
  assert.strictEqual(patience.millis, leastMillis)
})

it("one that began late may begin when it likes from then on", () => {
  const patience = new StreamPatience()
  patience.began(true)
  patience.began(false)
  assert.strictEqual(patience.millis, 0)
})
