import * as Effect from "effect/Effect"
import type { ProcessRow, ProcessTable } from "./ProcessTable.ts"

/** How long a look waits for others to join it. */
export const gatherMillis = 5

/** The processes of one moment. Variables are read on demand and at most once a process. */
export interface Snapshot {
  readonly rows: ReadonlyArray<ProcessRow>
  readonly variableOf: (pid: number, name: string) => string | undefined
}

export const takeSnapshot = (table: ProcessTable): Snapshot => {
  const read = new Map<string, string | undefined>()
  return {
    rows: table.rows(),
    variableOf: (pid, name) => {
      const key = `${pid} ${name}`
      if (!read.has(key)) read.set(key, table.variableOf(pid, name))
      return read.get(key)
    }
  }
}

/**
 * Looks at all processes of the machine for many at once: at the stop of a gateway every backend wants to know what is
 * left of it, and a walk through /proc takes milliseconds. Each gets a snapshot taken after it asked.
 *
 * A real timer, not Effect's clock: what is waited for is the operating system.
 */
export const makeSharedLook = (table: ProcessTable): Effect.Effect<Snapshot> => {
  let waiting: Array<(snapshot: Effect.Effect<Snapshot>) => void> = []
  const look = () => {
    const joined = waiting
    waiting = []
    const snapshot = Effect.succeed(takeSnapshot(table))
    for (const resume of joined) resume(snapshot)
  }
  return Effect.callback<Snapshot>((resume) => {
    if (waiting.length === 0) setTimeout(look, gatherMillis)
    waiting.push(resume)
  })
}
