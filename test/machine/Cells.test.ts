import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Cells } from "../../src/machine/Cells.ts"
import { holds } from "../fixtures/property.ts"

type Op = { readonly op: "set" | "delete"; readonly key: number } | { readonly op: "clear" }

const key = fc.integer({ min: 0, max: 60 })
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 60, arbitrary: fc.record({ op: fc.constant("set" as const), key }) },
  { weight: 60, arbitrary: fc.record({ op: fc.constant("delete" as const), key }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("clear" as const) }) }
)

const filled = (size: number): Cells<number, { readonly at: number }> => {
  const cells = new Cells<number, { readonly at: number }>()
  for (let at = 0; at < size; at++) cells.set(at, { at })
  return cells
}

const bodyBytes = 1_024

/**
 * Of each value that has come and gone, how much has been moved to where only a full collection takes it; `between`: as
 * many come and go from one young collection to the next.
 */
const bytesKept = (store: Store, between: number): number => {
  const collect = collector()
  const begun = 4
  for (let at = 0; at < begun; at++) store.set(at, bodyOf(at))
  // What is there now becomes old.
  collect({ type: "major" })
  let oldBytes = oldSpaceBytes()
  let kept = 0
  let at = begun
  for (let round = 0; round < 200; round++) {
    for (const end = at + between; at < end; at++) {
      store.set(at, bodyOf(at))
      store.delete(at - begun)
    }
    collect({ type: "minor" })
    kept += Math.max(0, oldSpaceBytes() - oldBytes)
    oldBytes = oldSpaceBytes()
  }
  return kept / at
}

interface Store {
  readonly set: (key: number, value: object) => unknown
  readonly delete: (key: number) => boolean
}

const bodyOf = (at: number): object => Array.from({ length: bodyBytes / 8 }, () => at)

const oldSpaceBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")?.space_used_size ?? 0

const collector = (): ((options: { readonly type: "major" | "minor" }) => void) => {
  setFlagsFromString("--expose-gc")
  const collect: unknown = runInNewContext("gc")
  if (typeof collect !== "function") throw new Error("this Node has no gc")
  return (options) => void collect(options)
}

describe("Cells", () => {
  it("behaves as a Map does, its order included", () => {
    holds(fc.array(op, { maxLength: 400, size: "max" }), (ops) => {
      const cells = new Cells<number, { readonly at: number }>()
      const model = new Map<number, { readonly at: number }>()
      for (const [at, each] of ops.entries()) {
        const value = { at }
        if (each.op === "set") {
          cells.set(each.key, value)
          model.set(each.key, value)
        } else if (each.op === "delete") {
          assert.strictEqual(cells.delete(each.key), model.delete(each.key))
        } else {
          cells.clear()
          model.clear()
        }
        assert.strictEqual(cells.size, model.size)
        if (each.op !== "clear") {
          assert.strictEqual(cells.get(each.key), model.get(each.key))
          assert.strictEqual(cells.has(each.key), model.has(each.key))
        }
      }
      assert.deepStrictEqual([...cells.keys()], [...model.keys()])
      assert.deepStrictEqual([...cells.values()], [...model.values()])
    })
  })

  it("leave out what goes while they are walked through, however many that are", () => {
    const cells = filled(100)
    const seen: Array<number> = []
    for (const { at } of cells.values()) {
      seen.push(at)
      for (let next = at + 1; next < at + 50; next++) cells.delete(next)
    }
    assert.deepStrictEqual(seen, [0, 50])
    for (const at of cells.keys()) {
      cells.clear()
      assert.strictEqual(at, 0)
    }
    assert.strictEqual(cells.size, 0)
  })

  it("let the young collections take what has gone, where a Map keeps all of it until a full one", () => {
    // Often, so that each table lives longer than one collection, and seldom, so that most do not.
    for (const between of [8, 100]) {
      assert.isBelow(bytesKept(new Cells<number, object>(), between), bodyBytes / 16)
      // Should this fail, V8 has changed, and a Map may do.
      assert.isAbove(bytesKept(new Map<number, object>(), between), bodyBytes / 2)
    }
  })
})
