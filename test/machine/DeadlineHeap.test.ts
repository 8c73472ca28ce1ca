import { assert, describe, it } from "@effect/vitest"
import { DeadlineHeap } from "../../src/machine/DeadlineHeap.ts"

describe("DeadlineHeap", () => {
  it("INV-32 holds no more than is pending after 100,000 deadlines were added and removed", () => {
    const heap = new DeadlineHeap<number>()
    let largest = 0
    for (let call = 0; call < 100_000; call++) {
      heap.add(60_000 + call, call)
      if (call >= 16) heap.remove(call - 16)
      largest = Math.max(largest, heap.size)
    }
    assert.strictEqual(largest, 16)
    assert.lengthOf(heap.popDue(Number.POSITIVE_INFINITY), 16)
    assert.strictEqual(heap.size, 0)
    assert.isUndefined(heap.nextAt)
    assert.isFalse(heap.remove(99_999))
  })

  it("moves a deadline that is added again", () => {
    const heap = new DeadlineHeap<string>()
    heap.add(10, "a")
    heap.add(20, "b")
    heap.add(30, "a")
    assert.strictEqual(heap.nextAt, 20)
    assert.deepStrictEqual(heap.popDue(30), ["b", "a"])
  })

  it("refuses a time that is not a number, which would break the order unseen", () => {
    assert.throws(() => new DeadlineHeap<string>().add(Number.NaN, "a"), /not NaN/)
  })
})
