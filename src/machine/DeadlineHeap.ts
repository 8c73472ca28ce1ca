import { Cells } from "./Cells.ts"

/**
 * Deadlines, the earliest first: one timer for a whole backend instead of one a call. O(log n) to add and to remove.
 *
 * Mutable, unlike the other machines, because nobody ever needs yesterday's heap: it has one owner, changes twice a
 * call, and a persistent heap would allocate its path each time. It holds exactly what was added and neither removed
 * nor popped, so it is bounded by its owner's own bound (calls in flight and queued). Like the others it reads no clock.
 * What has a deadline with each call should be told by a number: a key may be kept longer than its deadline (`Cells`).
 */
export class DeadlineHeap<K> {
  readonly #entries: Array<Entry<K>> = []
  readonly #byKey = new Cells<K, Entry<K>>()

  get size(): number {
    return this.#entries.length
  }

  /** When the earliest deadline is, milliseconds, or undefined when there is none. */
  get nextAt(): number | undefined {
    return this.#entries[0]?.at
  }

  /** Sets the deadline of `key`, in place of an earlier one. A time that is not a number is a defect of the caller. */
  add(at: number, key: K): void {
    if (Number.isNaN(at)) throw new RangeError("a deadline must be a time in milliseconds, not NaN")
    const known = this.#byKey.get(key)
    if (known !== undefined) {
      known.at = at
      this.#settle(known)
      return
    }
    const entry: Entry<K> = { at, key, index: this.#entries.length }
    this.#entries.push(entry)
    this.#byKey.set(key, entry)
    this.#rise(entry)
  }

  /** Forgets the deadline of `key`; false if it had none. */
  remove(key: K): boolean {
    const entry = this.#byKey.get(key)
    if (entry === undefined) return false
    this.#byKey.delete(key)
    const last = this.#entries.pop()
    if (last !== undefined && last !== entry) {
      this.#place(last, entry.index)
      this.#settle(last)
    }
    return true
  }

  /** Takes out every key whose deadline is at or before `now`, the earliest first. */
  popDue(now: number): ReadonlyArray<K> {
    const due: Array<K> = []
    for (let first = this.#entries[0]; first !== undefined && first.at <= now; first = this.#entries[0]) {
      due.push(first.key)
      this.remove(first.key)
    }
    return due
  }

  #place(entry: Entry<K>, index: number): void {
    entry.index = index
    this.#entries[index] = entry
  }

  #settle(entry: Entry<K>): void {
    this.#rise(entry)
    this.#sink(entry)
  }

  #rise(entry: Entry<K>): void {
    while (entry.index > 0) {
      const parentIndex = (entry.index - 1) >> 1
      const parent = this.#entries[parentIndex]
      if (parent === undefined || parent.at <= entry.at) return
      this.#place(parent, entry.index)
      this.#place(entry, parentIndex)
    }
  }

  #sink(entry: Entry<K>): void {
    for (;;) {
      const left = this.#entries[2 * entry.index + 1]
      const right = this.#entries[2 * entry.index + 2]
      const child = left !== undefined && right !== undefined && right.at < left.at ? right : left
      if (child === undefined || child.at >= entry.at) return
      const childIndex = child.index
      this.#place(child, entry.index)
      this.#place(entry, childIndex)
    }
  }
}

interface Entry<K> {
  at: number
  readonly key: K
  /** Where it stands in the heap, so that removing need not search. */
  index: number
}
