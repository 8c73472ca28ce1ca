import type { Mutant } from "../mutant.ts"

const mailbox = "src/kernel/Mailbox.ts"
const heap = "src/machine/DeadlineHeap.ts"
const timer = "src/kernel/DeadlineTimer.ts"
const keeper = "src/kernel/Keeper.ts"
const generations = "src/kernel/Generations.ts"

/** What everything else stands on: mailboxes, deadlines, supervision, generations. */
export const kernelMutants: ReadonlyArray<Mutant> = [
  {
    name: "mailbox-out-of-order",
    invariant: 1,
    file: mailbox,
    find: "    const batch = this.#urgent\n",
    replace: "    const batch = this.#urgent.toReversed()\n",
    why: "urgent messages are handed over in the wrong order"
  },
  {
    name: "mailbox-without-bound",
    invariant: 32,
    file: mailbox,
    find: "if (this.#closed || this.#normal.length >= this.bounds.capacity) return false",
    replace: "if (this.#closed) return false",
    why: "a mailbox takes any number of messages"
  },
  {
    name: "mailbox-wakes-nobody",
    invariant: 1,
    file: mailbox,
    find: "if (this.#urgent.length < this.bounds.urgentCapacity + vitalReserve) this.#urgent.push(message)\n    else this.#overflowed = true\n    this.flush()",
    replace:
      "if (this.#urgent.length < this.bounds.urgentCapacity + vitalReserve) this.#urgent.push(message)\n    else this.#overflowed = true",
    why: "a message waits until somebody else flushes"
  },
  {
    name: "mailbox-urgent-waits",
    invariant: 41,
    file: mailbox,
    find: "const batch = this.#urgent.length > 0 ? this.#drainUrgent() : this.#drainNormal()",
    replace: "const batch = this.#normal.length === 0 ? this.#drainUrgent() : this.#drainNormal()",
    why: "cancels and control queue behind calls"
  },
  {
    name: "mailbox-loses-rest",
    invariant: 1,
    file: mailbox,
    find: "const untaken = [...this.#urgent, ...this.#normal]",
    replace: "const untaken = [...this.#urgent]",
    why: "calls that nobody had taken when an actor ended are forgotten"
  },
  {
    name: "mailbox-batch-loses",
    invariant: 1,
    file: mailbox,
    find: "this.#normal.splice(0, batchMessages)",
    replace: "this.#normal.splice(0, batchMessages + 1).slice(0, batchMessages)",
    why: "after each full batch one message is lost"
  },
  {
    name: "timer-not-woken",
    invariant: 1,
    file: timer,
    find: "if (at < sleepsUntil) wake?.()",
    replace: "if (at > sleepsUntil) wake?.()",
    why: "a deadline that is earlier than the one slept for is late"
  },
  {
    name: "timer-by-wall-clock",
    invariant: 1,
    file: timer,
    find: "Number(clock.monotonicTimeNanosUnsafe())",
    replace: "Number(clock.currentTimeNanosUnsafe())",
    why: "a clock that is set moves all deadlines"
  },
  {
    name: "timer-early",
    invariant: 14,
    file: timer,
    find: "const due = heap.popDue(now())",
    replace: "const due = heap.popDue(now() + 20)",
    why: "deadlines come 20 ms before their time"
  },
  {
    name: "heap-out-of-order",
    invariant: 1,
    file: heap,
    find: "right.at < left.at ? right : left",
    replace: "right.at > left.at ? right : left",
    why: "a later deadline comes before an earlier one"
  },
  {
    name: "heap-removes-wrong",
    invariant: 1,
    file: heap,
    find: "      this.#place(last, entry.index)\n      this.#settle(last)",
    replace: "      this.#place(last, entry.index)",
    why: "after a removal the heap is no heap"
  },
  {
    name: "heap-fires-one",
    invariant: 1,
    file: heap,
    find: "      due.push(first.key)\n      this.remove(first.key)",
    replace: "      due.push(first.key)\n      this.remove(first.key)\n      break",
    why: "of deadlines that pass together one is told at a time"
  },
  {
    name: "heap-move-ignored",
    invariant: 1,
    file: heap,
    find: "      known.at = at\n",
    replace: "",
    why: "a deadline that is set anew keeps its old time"
  },
  {
    name: "generation-mixed",
    invariant: 26,
    file: "src/kernel/Generation.ts",
    find: "        if (!held) return\n        held = false",
    replace: "        held = false",
    why: "a pin that is released twice releases somebody else's"
  },
  {
    name: "generation-closed-under-calls",
    invariant: 26,
    file: "src/kernel/Drains.ts",
    find: "yield* Effect.timeoutOption(Effect.andThen(generation.free, Effect.yieldNow), this.#settings.drainMillis)",
    replace: "yield* Effect.yieldNow",
    why: "a replaced generation is closed while calls use it"
  },
  {
    name: "generation-never-closed",
    invariant: 32,
    file: generations,
    find: "    yield* drains.add(previous)\n    return next.number",
    replace: "    return previous === next ? 0 : next.number",
    why: "replaced generations stay open for ever"
  },
  {
    name: "generation-drains-without-bound",
    invariant: 32,
    file: generations,
    find: "oneByOne.withPermit(Effect.andThen(drains.room, swapped))",
    replace: "oneByOne.withPermit(swapped)",
    why: "any number of replaced generations may be open"
  },
  {
    name: "generation-published-early",
    invariant: 27,
    file: generations,
    find: "  const replace = Effect.fnUntraced(function* <E2, R2>(build: Effect.Effect<A, E2, R2>, restore: Restore) {\n",
    replace:
      "  const replace = Effect.fnUntraced(function* <E2, R2>(build: Effect.Effect<A, E2, R2>, restore: Restore) {\n    yield* drains.add(current)\n",
    why: "the present generation is given up before the next one is built"
  },
  {
    name: "keeper-restarts-at-once",
    invariant: 14,
    file: keeper,
    find: "Effect.sleep(Math.ceil(millis))",
    replace: "Effect.sleep(0)",
    why: "a supervised child is restarted without its delay"
  },
  {
    name: "keeper-never-restarts",
    invariant: 38,
    file: keeper,
    find: 'return restart === "permanent" ||',
    replace: "return",
    why: "a supervised child that ends without a failure is not restarted"
  },
  {
    name: "keeper-forgets-restarts",
    invariant: 13,
    file: keeper,
    find: "if (this.#attempt > 0) this.child.restarts.restarted(now)",
    replace: "this.child.restarts.reset()",
    why: "each failure of a supervised child is its first"
  }
]
