/** Entries that may go before the table is left for a new one. */
const renewAfter = 32

/**
 * A map for what comes and goes with every call, in the order it came.
 *
 * V8 replaces the table inside a Map or a Set as deletions fill it. The one that is left keeps its entries and refers to
 * its successor, so once one of them is in the old generation, whatever is in the tables after it survives until a full
 * collection: each call with all that belongs to it. Here a table holds cells, which are emptied when their value goes,
 * and the whole Map is left for a new one, to which nothing refers. Keys stay behind: they should be texts or numbers.
 */
export class Cells<K, V extends object> {
  #cells = new Map<K, Cell<V>>()
  #gone = 0

  get size(): number {
    return this.#cells.size
  }

  has(key: K): boolean {
    return this.#cells.has(key)
  }

  get(key: K): V | undefined {
    return this.#cells.get(key)?.value
  }

  /** A value in place of an earlier one takes its place in the order too. */
  set(key: K, value: V): void {
    const cell = this.#cells.get(key)
    if (cell === undefined) this.#cells.set(key, { value })
    else cell.value = value
  }

  /** False if there was none. */
  delete(key: K): boolean {
    const cell = this.#cells.get(key)
    if (cell === undefined) return false
    cell.value = undefined
    this.#cells.delete(key)
    if (++this.#gone >= Math.max(renewAfter, this.#cells.size)) this.#renew()
    return true
  }

  clear(): void {
    for (const cell of this.#cells.values()) cell.value = undefined
    this.#cells = new Map()
    this.#gone = 0
  }

  /** What goes while they are walked through is left out; what comes may be. */
  *keys(): Generator<K> {
    for (const [key, { value }] of this.#cells) if (value !== undefined) yield key
  }

  /** As `keys`. */
  *values(): Generator<V> {
    for (const { value } of this.#cells.values()) if (value !== undefined) yield value
  }

  #renew(): void {
    this.#gone = 0
    this.#cells = new Map(this.#cells)
  }
}

interface Cell<V> {
  value: V | undefined
}
