import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"

/** Bounds of a replacement. Times are in milliseconds. */
export interface GenerationSettings {
  /** How long a replaced generation is kept for the calls that pinned it. */
  readonly drainMillis: number
  /** How long its finalizers may take before they are left to themselves. */
  readonly closeMillis: number
  /** Replaced generations alive at a time; a further swap waits until one has closed. */
  readonly draining: number
}

export const generationDefaults: GenerationSettings = { drainMillis: 60_000, closeMillis: 5_000, draining: 4 }

/** What happened to a generation; numbers count from 1. */
export type GenerationReport =
  | { readonly _tag: "Published"; readonly generation: number }
  | { readonly _tag: "BuildFailed"; readonly generation: number; readonly cause: Cause.Cause<unknown> }
  /** `pins` calls still held it when `drainMillis` had passed; `inTime`: its finalizers ended within `closeMillis`. */
  | { readonly _tag: "Closed"; readonly generation: number; readonly pins: number; readonly inTime: boolean }

/** A hold on one generation: its value stays usable until `release`, which counts once. */
export interface Pin<A> {
  readonly generation: number
  readonly value: A
  readonly release: () => void
}

/** One built value with the scope that owns it, and how many calls hold it. */
export class Generation<A> {
  readonly number: number
  readonly value: A
  readonly scope: Scope.Closeable
  #pins = 0
  #onFree: (() => void) | undefined = undefined

  /** Succeeds when no call holds it. For one waiter, on a generation that gets no further pins. */
  readonly free: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.#pins === 0) return resume(Exit.void)
    this.#onFree = () => resume(Exit.void)
    return Effect.sync(() => {
      this.#onFree = undefined
    })
  })

  constructor(number: number, value: A, scope: Scope.Closeable) {
    this.number = number
    this.value = value
    this.scope = scope
  }

  pin(): Pin<A> {
    this.#pins++
    let held = true
    return {
      generation: this.number,
      value: this.value,
      release: () => {
        if (!held) return
        held = false
        this.#pins--
        if (this.#pins === 0) this.#onFree?.()
      }
    }
  }

  get pins(): number {
    return this.#pins
  }
}
