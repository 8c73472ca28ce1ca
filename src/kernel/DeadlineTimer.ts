import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { DeadlineHeap } from "../machine/DeadlineHeap.ts"
import { fork } from "./Fork.ts"
import { notify } from "./Notify.ts"

/**
 * One timer for many deadlines. Adding arms it only when the new deadline is earlier than the one it sleeps for, and
 * removing never does: where deadlines are mostly removed in time, it wakes about once a timeout, not once a call. It
 * holds no more than its owner adds, so the owner's bound is its bound.
 */
export interface DeadlineTimer<K> {
  /** Sets the deadline of `key`, `millis` from now, in place of an earlier one. */
  readonly add: (key: K, millis: number) => void
  /** Forgets the deadline of `key`; false if it had none, because it was never set or has passed. */
  readonly remove: (key: K) => boolean
  readonly size: () => number
  /** How often it was put to sleep, since it was made. */
  readonly armed: () => number
}

/**
 * Starts a timer that lives as long as the scope. `onDue` gets the keys whose time has come, the earliest first; what
 * it throws is logged under `name`, and the timer goes on. Time is monotonic: a clock set by hand moves no deadline.
 */
export const make = <K>(
  name: string,
  onDue: (keys: ReadonlyArray<K>) => void
): Effect.Effect<DeadlineTimer<K>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const now = (): number => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000
    const heap = new DeadlineHeap<K>()
    const earliest = (): number => heap.nextAt ?? Infinity
    let sleepsUntil = Infinity
    let armed = 0
    let wake: (() => void) | undefined

    const earlierCame = Effect.callback<void>((resume) => {
      if (earliest() < sleepsUntil) return resume(Exit.void)
      wake = () => resume(Exit.void)
      return Effect.sync(() => {
        wake = undefined
      })
    })

    const run = Effect.gen(function* () {
      while (true) {
        const due = heap.popDue(now())
        if (due.length > 0) yield* notify(name, () => onDue(due))
        sleepsUntil = earliest()
        if (sleepsUntil === Infinity) {
          yield* earlierCame
        } else {
          armed++
          // Whole milliseconds, rounded up: a timer cuts them off, and would wake just before the deadline.
          yield* Effect.raceFirst(Effect.sleep(Math.ceil(sleepsUntil - now())), earlierCame)
        }
        wake = undefined
      }
    })

    yield* fork(name, run)
    return {
      add: (key, millis) => {
        const at = now() + millis
        heap.add(at, key)
        if (at < sleepsUntil) wake?.()
      },
      remove: (key) => heap.remove(key),
      size: () => heap.size,
      armed: () => armed
    }
  })
