import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { BackendUnit } from "../gateway/BackendUnit.ts"
import { note } from "./Print.ts"
import { standingOf } from "./Standing.ts"
import { count, span } from "./Words.ts"

/** How often the backends are looked at while a command waits for them. */
export const lookMillis = 25
/** Beyond the longest configured start: a backend that neither comes up nor fails is not waited for. */
export const startGraceMillis = 5_000

export interface Waiting {
  /** A start that takes longer than this shows its progress on stderr. */
  readonly quietMillis: number
  /** True when enough is up already. */
  readonly enough?: () => boolean
}

/**
 * Waits until each backend is up or has failed for good, as far as a person waits for it, and shows how it goes on
 * stderr. Never fails: what did not come up is seen in the backend.
 */
export const awaitStarted = Effect.fnUntraced(function* (units: ReadonlyArray<BackendUnit>, waiting: Waiting) {
  const { enough = () => false, quietMillis } = waiting
  const began = yield* Clock.currentTimeMillis
  const limit = startGraceMillis + Math.max(0, ...units.map(({ spec }) => spec.startTimeoutMillis))
  const pending = new Set(units)
  let spoken = false
  for (;;) {
    const passed = (yield* Clock.currentTimeMillis) - began
    const settled = [...pending].filter((unit) => standingOf(unit)._tag !== "Coming")
    for (const unit of settled) pending.delete(unit)
    if (passed >= quietMillis && !spoken && pending.size > 0) {
      spoken = true
      const names = [...pending].map(({ spec }) => spec.name).join(", ")
      yield* note(`starting ${count(units.length, "backend")}; waiting for ${names}`)
    }
    if (spoken) for (const unit of settled) yield* note(`  ${progressOf(unit, passed)}`)
    if (pending.size === 0 || enough() || passed > limit) return
    yield* Effect.sleep(lookMillis)
  }
})

const progressOf = (unit: BackendUnit, passed: number): string => {
  const standing = standingOf(unit)
  const { name } = unit.spec
  return standing._tag === "Up"
    ? `${name} is up after ${span(passed)}: ${count(standing.tools, "tool")}`
    : `${name} did not come up`
}
