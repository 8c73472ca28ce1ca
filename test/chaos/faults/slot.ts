/** Turns: whoever measures something short has it, whoever only waits lets go of it. */

export interface Lease {
  readonly release: () => void
}

export interface Slot {
  readonly take: () => Promise<Lease>
}

/** One target starts at a time, and one fault is measured at a time: two cores are enough for both. */
export interface Slots {
  readonly starting: Slot
  readonly measuring: Slot
}

const makeSlot = (): Slot => {
  let last: Promise<void> = Promise.resolve()
  return {
    take: async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const before = last
      last = promise
      await before
      return { release: resolve }
    }
  }
}

export const makeSlots = (): Slots => ({ starting: makeSlot(), measuring: makeSlot() })

/** In its turn, which ends with the work if it was not given up before. */
export const alone = async <A>(slot: Slot, work: (lease: Lease) => Promise<A>): Promise<A> => {
  const lease = await slot.take()
  return work(lease).finally(lease.release)
}

/** Works on all, at most so many at once, begun in their order. */
export const pooled = async <A>(
  items: ReadonlyArray<A>,
  atOnce: number,
  work: (item: A) => Promise<void>
): Promise<void> => {
  const left = [...items]
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
