import * as Effect from "effect/Effect"
import { takeSnapshot } from "./ProcessTable.ts"
import type { Snapshot } from "./ProcessTable.ts"
import type { ProcessTable } from "./ProcessRow.ts"

/** How long a look waits for others to join it. */
export const gatherMillis = 5

/** Where the processes of the machine are watched from. */
export interface Lookout {
  readonly table: ProcessTable
  /** A snapshot taken a moment after it was asked for, the same for all who asked meanwhile. */
  readonly look: Effect.Effect<Snapshot>
}

/**
 * Looks at all processes for many at once: when a gateway stops, each backend wants to know what is left of it, and a
 * walk through /proc takes milliseconds.
 *
 * A real timer, not Effect's clock: what is waited for is the operating system.
 */
export const makeLookout = (table: ProcessTable): Lookout => {
  let waiting: Array<(snapshot: Effect.Effect<Snapshot>) => void> = []
  const lookForAll = () => {
    const joined = waiting
    waiting = []
    const snapshot = Effect.succeed(takeSnapshot(table))
    for (const resume of joined) resume(snapshot)
  }
  const look = Effect.callback<Snapshot>((resume) => {
    if (waiting.length === 0) setTimeout(lookForAll, gatherMillis)
    waiting.push(resume)
  })
  return { table, look }
}
