import * as Effect from "effect/Effect"
import type { Lookout } from "./Lookout.ts"
import type { ProcessGroup } from "./ProcessGroup.ts"
import { reap } from "./Reaper.ts"
import type { StopMode } from "./StopMode.ts"

export interface StopBounds {
  /** From the end of stdin to SIGTERM. */
  readonly stdinGraceMillis: number
  /** From SIGTERM to SIGKILL. */
  readonly termGraceMillis: number
  /** In fast mode, from stdin's end and SIGTERM together to SIGKILL. */
  readonly fastGraceMillis: number
  /** How long the exit after a SIGKILL is waited for. */
  readonly killWaitMillis: number
}

/** Defaults (design, "Supervision tree"): a stdio gateway has about 0.4 s before its client kills it. */
export const stopBounds: StopBounds = {
  stdinGraceMillis: 2_000,
  termGraceMillis: 2_000,
  fastGraceMillis: 200,
  killWaitMillis: 500
}

/**
 * Ends a child and all its descendants; when it has ended, none is alive (INV-18). Stdin closes, then SIGTERM and at last
 * SIGKILL go to the group; what is left of the group after its leader, or outside of it, is killed. Bounded by the sum
 * of the bounds and the reaper's passes; answers what could not be killed.
 */
export const stopGroup = Effect.fnUntraced(function* (
  group: ProcessGroup,
  lookout: Lookout,
  mode: StopMode["Service"],
  bounds: StopBounds
) {
  if (!group.hasExited) yield* endLeader(group, lookout, mode, bounds)
  const { left } = yield* reap(lookout, group.lineage)
  return left
})

const endLeader = Effect.fnUntraced(function* (
  group: ProcessGroup,
  lookout: Lookout,
  mode: StopMode["Service"],
  bounds: StopBounds
) {
  // While it lives its descendants can be told by their parents. In fast mode there is no time for that.
  if (!mode.isFast()) group.remember(yield* lookout.look)
  group.child.stdin.end()
  if (!mode.isFast()) yield* awaitExit(group, bounds.stdinGraceMillis, mode.turnedFast)
  group.signal("SIGTERM")
  if (!mode.isFast()) yield* awaitExit(group, bounds.termGraceMillis, mode.turnedFast)
  if (mode.isFast()) yield* awaitExit(group, bounds.fastGraceMillis)
  group.signal("SIGKILL")
  yield* awaitExit(group, bounds.killWaitMillis)
})

/** Waits for the exit, for `millis` to pass, or for `sooner`, whichever comes first. */
const awaitExit = (group: ProcessGroup, millis: number, sooner: Effect.Effect<void> = Effect.never) =>
  Effect.raceAllFirst([group.exited.await, Effect.sleep(millis), sooner])
