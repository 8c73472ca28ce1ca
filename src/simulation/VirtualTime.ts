import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { MixedScheduler } from "effect/Scheduler"
import { DeadlineHeap } from "../machine/DeadlineHeap.ts"

/** Turns and timers that may follow each other without time passing: with more, something runs in a circle. */
export const turnsInAnInstant = 200_000

/** Nothing ends any more without time passing. */
export class Livelock extends Error {
  override readonly name = "Livelock"
  constructor(at: number) {
    super(`at ${at} ms more than ${turnsInAnInstant} turns and timers followed each other without time passing`)
  }
}

interface Timer {
  readonly run: () => void
  isCancelled: boolean
}

/** Where the wall clock stands when a simulation begins: 2026-01-01. */
const firstWallMillis = Date.UTC(2026, 0, 1)

/**
 * An event loop of its own, in which time passes only when nothing is left to do: clock, scheduler and timers of one
 * simulation. Everything runs on the caller's turn and in one order, so the same beginning always has the same end; an
 * hour in which nothing happens costs nothing.
 */
export class VirtualTime {
  #now = 0
  #wallOffset = firstWallMillis
  /** Turns and timers that may still run without time passing. */
  #left = turnsInAnInstant
  #turns: Array<() => void> = []
  /** The instants at which something is to run, and what, in the order in which it was asked for. */
  readonly #instants = new DeadlineHeap<number>()
  readonly #timers = new Map<number, Array<Timer>>()

  /** For everything of Effect that sleeps, times out or looks at the time. */
  readonly clock: Clock.Clock
  /** Fibers go on as turns of this loop. */
  readonly scheduler = new MixedScheduler("async", (turn) => this.#soon(turn))

  constructor() {
    const wall = () => Math.floor(this.#now + this.#wallOffset)
    const nanos = (millis: number) => BigInt(Math.round(millis * 1_000_000))
    this.clock = {
      currentTimeMillisUnsafe: wall,
      currentTimeMillis: Effect.sync(wall),
      currentTimeNanosUnsafe: () => nanos(wall()),
      currentTimeNanos: Effect.sync(() => nanos(wall())),
      monotonicTimeNanosUnsafe: () => nanos(this.#now),
      monotonicTimeNanos: Effect.sync(() => nanos(this.#now)),
      sleep: (duration) =>
        Effect.callback<void>((resume) => {
          const cancel = this.after(Duration.toMillis(duration), () => resume(Effect.void))
          return Effect.sync(cancel)
        })
    }
  }

  /** Milliseconds since the beginning, on the clock that only goes forward. */
  get now(): number {
    return this.#now
  }

  /** Runs something in so many milliseconds. Returns what cancels it. */
  readonly after = (millis: number, run: () => void): (() => void) => {
    const timer: Timer = { run, isCancelled: false }
    const at = this.#now + Math.max(0, millis)
    const others = this.#timers.get(at)
    if (others !== undefined) others.push(timer)
    else {
      this.#timers.set(at, [timer])
      this.#instants.add(at, at)
    }
    return () => {
      timer.isCancelled = true
    }
  }

  /** Runs something at the end of this turn. */
  readonly soon = (run: () => void): void => void this.#soon(run)

  /** Sets the wall clock forward or back, as a person or a time server does; nothing else notices. */
  jumpWallClock(millis: number): void {
    this.#wallOffset += millis
  }

  /** Lets everything run that can without time passing. Throws a Livelock where that has no end, as `advance` does. */
  settle(): void {
    this.#left = turnsInAnInstant
    this.#settle()
  }

  /** Lets time pass. `onInstant` is called after all that one instant brings. */
  advance(millis: number, onInstant: () => void = () => undefined): void {
    const until = this.#now + millis
    this.settle()
    onInstant()
    for (let at = this.#instants.nextAt; at !== undefined && at <= until; at = this.#instants.nextAt) {
      if (at > this.#now) this.#left = turnsInAnInstant
      this.#instants.remove(at)
      this.#now = Math.max(this.#now, at)
      const timers = this.#timers.get(at) ?? []
      this.#timers.delete(at)
      // Timers without a delay that set others would never let time pass, and neither would what they do meanwhile.
      this.#spend(timers.length)
      for (const timer of timers) {
        if (timer.isCancelled) continue
        timer.run()
        this.#settle()
      }
      onInstant()
    }
    this.#now = until
  }

  /** Time passes while the machine sleeps: all timers that came due meanwhile are late, and run at the same instant. */
  leap(millis: number, onInstant: () => void = () => undefined): void {
    this.#now += millis
    this.advance(0, onInstant)
  }

  #settle(): void {
    while (this.#turns.length > 0) {
      const turns = this.#turns
      this.#turns = []
      for (const turn of turns) turn()
      this.#spend(turns.length)
    }
  }

  #spend(count: number): void {
    this.#left -= count
    if (this.#left < 0) throw new Livelock(this.#now)
  }

  #soon(turn: () => void): () => void {
    let cancelled = false
    this.#turns.push(() => {
      if (!cancelled) turn()
    })
    return () => {
      cancelled = true
    }
  }
}
