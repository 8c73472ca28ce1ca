import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { DeadlineHeap } from "../../src/machine/DeadlineHeap.ts"
import { holds } from "../fixtures/property.ts"

type Op =
  | { readonly op: "add"; readonly at: number; readonly key: number }
  | { readonly op: "remove"; readonly key: number }
  | { readonly op: "popDue"; readonly now: number }

const key = fc.integer({ min: 0, max: 30 })
const at = fc.integer({ min: 0, max: 50 })
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant("add" as const), at, key }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("remove" as const), key }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("popDue" as const), now: at }) }
)

describe("DeadlineHeap", () => {
  it("behaves as a sorted list of deadlines does", () => {
    holds(fc.array(op, { maxLength: 120 }), (ops) => {
      const heap = new DeadlineHeap<number>()
      const model = new Map<number, number>()
      for (const each of ops) {
        if (each.op === "add") {
          heap.add(each.at, each.key)
          model.set(each.key, each.at)
        } else if (each.op === "remove") {
          assert.strictEqual(heap.remove(each.key), model.delete(each.key))
        } else {
          const due = [...model].filter(([, time]) => time <= each.now)
          const popped = heap.popDue(each.now)
          assert.deepStrictEqual(
            popped.map((name) => model.get(name)),
            due.map(([, time]) => time).sort((a, b) => a - b)
          )
          assert.sameMembers(
            [...popped],
            due.map(([name]) => name)
          )
          for (const [name] of due) model.delete(name)
        }
        assert.strictEqual(heap.size, model.size)
        assert.strictEqual(heap.nextAt, model.size === 0 ? undefined : Math.min(...model.values()))
      }
    })
  })

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

  it("keeps the order when many are removed from the middle", () => {
    const entry = fc.record({ at: fc.nat({ max: 1_000 }), gone: fc.boolean() })
    holds(fc.array(entry, { minLength: 20, maxLength: 100, size: "max" }), (entries) => {
      const heap = new DeadlineHeap<(typeof entries)[number]>()
      for (const each of entries) heap.add(each.at, each)
      for (const each of entries) if (each.gone) heap.remove(each)
      const left = entries.filter(({ gone }) => !gone).map(({ at }) => at)
      assert.deepStrictEqual(
        heap.popDue(1_000).map(({ at }) => at),
        left.sort((a, b) => a - b)
      )
    })
  })

  it("refuses a time that is not a number, which would break the order unseen", () => {
    assert.throws(() => new DeadlineHeap<string>().add(Number.NaN, "a"), /not NaN/)
  })
})
