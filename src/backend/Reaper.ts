import * as Effect from "effect/Effect"
import { livingOf } from "./Lineage.ts"
import type { Lineage } from "./Lineage.ts"
import type { Lookout } from "./Lookout.ts"
import type { Snapshot } from "./ProcessTable.ts"
import type { ProcessRow, ProcessTable } from "./ProcessRow.ts"

/** Looks taken, each at least `gatherMillis` after the one before, until what is left counts as unkillable. */
export const reapPasses = 40

/** Looks that may find nothing and prove nothing; on a busy machine there would be no end of them. */
export const doubtfulLooks = 6

export interface Reaped {
  /** Each process that was sent SIGKILL. */
  readonly ended: ReadonlyArray<ProcessRow>
  /** What was still alive at the last look: hung in the kernel, or no longer this user's. */
  readonly left: ReadonlyArray<ProcessRow>
}

/**
 * Kills whatever of a lineage is alive, look after look until nothing is. Only a process that still has the start it was
 * recognised by is sent a signal, so a pid that went to somebody else is never hit.
 *
 * What it can't see on Linux: a process that left group and session, whose parent has ended, and whose environment was
 * cleared. Elsewhere a cleared environment is not needed for that.
 */
export const reap = Effect.fnUntraced(function* (lookout: Lookout, lineage: Lineage) {
  const ended = new Map<number, ProcessRow>()
  let living: ReadonlyArray<ProcessRow> = []
  let doubtful = 0
  for (let pass = 0; pass < reapPasses; pass++) {
    const snapshot: Snapshot = yield* lookout.look
    living = livingOf(snapshot, lineage, process.pid)
    if (living.length === 0) {
      if (!mayHide(lookout.table, snapshot, lineage) || ++doubtful === doubtfulLooks) break
    }
    for (const row of living) {
      lineage.known.set(row.pid, row.started)
      ended.set(row.pid, row)
    }
    killGroups(lookout.table, snapshot, lineage, living)
    for (const row of living) if (isStill(lookout.table, row)) send(row.pid, "SIGKILL")
  }
  const reaped: Reaped = { ended: [...ended.values()], left: living }
  return reaped
})

/** A whole group dies at once, so that it can't fork faster than it is counted. */
const killGroups = (
  table: ProcessTable,
  snapshot: Snapshot,
  lineage: Lineage,
  living: ReadonlyArray<ProcessRow>
): void => {
  const pids = new Set(living.map((row) => row.pid))
  for (const leader of lineage.leaders) {
    const members = snapshot.rows.filter((row) => row.group === leader)
    const allOurs = members.every((row) => pids.has(row.pid))
    if (allOurs && members.some((row) => isStill(table, row))) send(-leader, "SIGKILL")
  }
}

/**
 * Whether a process has ended since the look: perhaps before its mark was read, and after it had started another. It may
 * have been ours, so a look that found nothing proves nothing then.
 */
const mayHide = (table: ProcessTable, { rows }: Snapshot, { since }: Lineage): boolean =>
  table.showsVariables && rows.some((row) => row.started >= since && !isStill(table, row))

const isStill = (table: ProcessTable, row: ProcessRow): boolean => table.startedOf(row.pid) === row.started

/** Sends a signal to a process, or with a negative number to a group; answers whether there was one to take it. */
export const send = (target: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(target, signal)
  } catch {
    // Gone already, or another user's by now.
    return false
  }
}
