import assert from "node:assert/strict"
import * as fc from "fast-check"
import { DeadlineHeap } from "../../src/machine/DeadlineHeap.ts"
import { command, modelOf } from "./sequences.ts"

/** The model: each key with its deadline; the earliest is looked for anew each time. */
type Deadlines = Map<number, number>

interface Real {
  readonly heap: DeadlineHeap<number>
  readonly reached: Set<string>
}

const named = (name: string, run: (deadlines: Deadlines, heap: DeadlineHeap<number>) => void) =>
  command<Deadlines, Real>(name, (deadlines, { heap, reached }) => {
    run(deadlines, heap)
    assert.equal(heap.size, deadlines.size, "INV-32: it holds what is pending and no more")
    assert.equal(heap.nextAt, deadlines.size === 0 ? undefined : Math.min(...deadlines.values()), "the earliest")
    if (deadlines.size > 8) reached.add("more than three levels")
  })

const addAll = (entries: ReadonlyArray<readonly [number, number]>) =>
  named(`add ${entries.map(([key, at]) => `${key} at ${at}`).join(", ")}`, (deadlines, heap) => {
    for (const [key, at] of entries) {
      heap.add(at, key)
      deadlines.set(key, at)
    }
  })

const removeAll = (keys: ReadonlyArray<number>) =>
  named(`remove ${keys.join(", ")}`, (deadlines, heap) => {
    for (const key of keys) assert.equal(heap.remove(key), deadlines.delete(key), `${key} had a deadline`)
  })

const popDue = (now: number) =>
  named(`pop what is due at ${now}`, (deadlines, heap) => {
    const due = [...deadlines].filter(([, at]) => at <= now)
    const popped = heap.popDue(now)
    assert.deepEqual(
      popped.map((key) => deadlines.get(key)),
      due.map(([, at]) => at).toSorted((a, b) => a - b),
      "the earliest first"
    )
    assert.deepEqual(
      popped.toSorted((a, b) => a - b),
      due.map(([key]) => key).toSorted((a, b) => a - b),
      "all that is due"
    )
    for (const key of popped) deadlines.delete(key)
  })

const addNaN = named("add a time that is not a number", (_, heap) => {
  assert.throws(() => heap.add(Number.NaN, 1), RangeError)
})

const key = fc.nat({ max: 60 })
// Few times, so that many are equal; and those that break orders.
const at = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 50 }) },
  { weight: 2, arbitrary: fc.double({ min: 0.1, max: 50, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(-1, Number.MAX_SAFE_INTEGER, Infinity, -Infinity) }
)
const entry = fc.tuple(key, at)

/** The heap of deadlines against a map that is searched. */
export const deadlineHeap = modelOf<null, Deadlines, Real>({
  name: "deadlineHeap",
  invariants: [32],
  settings: fc.constant(null),
  command: fc.oneof(
    { weight: 8, arbitrary: entry.map((each) => addAll([each])) },
    { weight: 2, arbitrary: fc.array(entry, { minLength: 10, maxLength: 30 }).map(addAll) },
    { weight: 4, arbitrary: key.map((each) => removeAll([each])) },
    { weight: 2, arbitrary: fc.array(key, { maxLength: 20 }).map(removeAll) },
    { weight: 2, arbitrary: at.map(popDue) },
    { weight: 1, arbitrary: fc.constant(addNaN) }
  ),
  begin: (_, reached) => ({ model: new Map(), real: { heap: new DeadlineHeap(), reached } })
})
