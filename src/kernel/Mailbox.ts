import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/** How many messages may wait in each lane; one more is refused at once. */
export interface MailboxBounds {
  readonly capacity: number
  readonly urgentCapacity: number
}

/** Messages that must not be lost have so many places more in the urgent lane than others. */
export const vitalReserve = 1_024

/** Normal messages handed over in one batch: an urgent message waits for one batch at most, never for the lane. */
export const batchMessages = 64

/** Messages a consumer may handle without parking before it gives way to timers and I/O. */
export const messagesBeforeYield = 256

/**
 * A bounded mailbox with two lanes and one consumer fiber.
 *
 * `offer` only puts a message down; `flush` wakes the parked consumer and runs its fiber inside the caller's stack,
 * which is what makes a hop cheap. Offer a batch, then flush once. While the consumer runs, or when nothing waits, a
 * flush does nothing: the consumer looks again before it parks.
 *
 * The consumer awaits `ready` and then calls `drain` in the same step. The two are apart on purpose: a batch that
 * travelled through an effect's success could be lost to an interruption that comes before the consumer sees it.
 */
export class Mailbox<M> {
  readonly bounds: MailboxBounds
  #normal: Array<M> = []
  #urgent: Array<M> = []
  #waiter: ((effect: Effect.Effect<void>) => void) | undefined = undefined
  #closed = false
  #overflowed = false
  #sinceYield = 0

  /**
   * Succeeds when there is something to `drain`, or when the mailbox is closed; parks until then. Interruption frees
   * the place. A second consumer is a defect.
   */
  readonly ready: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.#normal.length > 0 || this.#urgent.length > 0 || this.#closed) {
      if (this.#sinceYield < messagesBeforeYield) return resume(Exit.void)
      this.#sinceYield = 0
      return resume(Effect.yieldNow)
    }
    if (this.#waiter !== undefined) throw new Error("a mailbox has one consumer, and it is already waiting")
    this.#sinceYield = 0
    this.#waiter = resume
    return this.#leave
  })

  readonly #leave = Effect.sync(() => {
    this.#waiter = undefined
  })

  constructor(bounds: MailboxBounds) {
    this.bounds = bounds
  }

  /** Puts a message in the normal lane; false: full or closed, the message was not taken. */
  offer(message: M): boolean {
    if (this.#closed || this.#normal.length >= this.bounds.capacity) return false
    this.#normal.push(message)
    return true
  }

  /** Puts a message in the lane that is emptied first; false: full or closed, the message was not taken. */
  offerUrgent(message: M): boolean {
    if (this.#closed || this.#urgent.length >= this.bounds.urgentCapacity) return false
    this.#urgent.push(message)
    return true
  }

  /** Wakes the parked consumer if there is something for it. */
  flush(): void {
    const waiter = this.#waiter
    if (waiter === undefined || (this.#normal.length === 0 && this.#urgent.length === 0)) return
    this.#waiter = undefined
    waiter(Exit.void)
  }

  /** `offer` and `flush`. */
  tell(message: M): boolean {
    const taken = this.offer(message)
    if (taken) this.flush()
    return taken
  }

  /** `offerUrgent` and `flush`. */
  tellUrgent(message: M): boolean {
    const taken = this.offerUrgent(message)
    if (taken) this.flush()
    return taken
  }

  /**
   * `tellUrgent` for what the consumer can't do without: the end of a connection, a deadline. It has places of its own,
   * and if those are full as well, the mailbox has overflowed: its actor fails, so that whoever supervises it hears of
   * it, instead of going on without knowing. False only when it is closed or has overflowed.
   */
  tellVital(message: M): boolean {
    if (this.#closed) return false
    if (this.#urgent.length < this.bounds.urgentCapacity + vitalReserve) this.#urgent.push(message)
    else this.#overflowed = true
    this.flush()
    return !this.#overflowed
  }

  /** A message that must not be lost was. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  /** Takes what waits, in order: everything urgent, or else up to `batchMessages` normal ones. Never parks. */
  drain(): ReadonlyArray<M> {
    const batch = this.#urgent.length > 0 ? this.#drainUrgent() : this.#drainNormal()
    this.#sinceYield += batch.length
    return batch
  }

  /** Refuses everything from now on, wakes the consumer, and gives back what was never taken, urgent first. */
  close(): ReadonlyArray<M> {
    const untaken = [...this.#urgent, ...this.#normal]
    this.#urgent = []
    this.#normal = []
    this.#closed = true
    const waiter = this.#waiter
    this.#waiter = undefined
    waiter?.(Exit.void)
    return untaken
  }

  get size(): number {
    return this.#normal.length
  }

  get urgentSize(): number {
    return this.#urgent.length
  }

  get closed(): boolean {
    return this.#closed
  }

  #drainUrgent(): Array<M> {
    const batch = this.#urgent
    this.#urgent = []
    return batch
  }

  #drainNormal(): Array<M> {
    if (this.#normal.length > batchMessages) return this.#normal.splice(0, batchMessages)
    const batch = this.#normal
    this.#normal = []
    return batch
  }
}

/** Makes an empty mailbox. Throws a `RangeError` when a bound is not a positive whole number. */
export const make = <M>(bounds: MailboxBounds): Mailbox<M> => {
  for (const [name, value] of Object.entries(bounds)) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} is ${value}: allowed are whole numbers from 1`)
  }
  return new Mailbox<M>(bounds)
}
