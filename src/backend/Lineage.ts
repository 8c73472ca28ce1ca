import type { ProcessRow } from "./ProcessTable.ts"

/** What is known for certain about some processes of ours; all else follows from it. */
export interface Lineage {
  /** Children we spawned as leaders of their own group and session. */
  readonly leaders: ReadonlyArray<number>
  /** Pid to start: processes seen before as ours. */
  readonly known: ReadonlyMap<number, number>
  /** Nothing of ours is older than this start. */
  readonly since: number
  /** Whether the process carries our mark in its environment. */
  readonly marked: (pid: number) => boolean
}

/**
 * The living processes of a lineage: those known or marked, their descendants, and the members of the leaders' groups
 * and sessions.
 *
 * A group's number may have gone to strangers once our leader and all its group are dead. So a group counts as ours
 * only while a process that is surely ours is in it: the system gives no pid away that is still a group's or session's.
 * `self` and its ancestors are never part of it, even when they carry the mark (a gateway started under a backend).
 */
export const livingOf = (
  rows: ReadonlyArray<ProcessRow>,
  lineage: Lineage,
  self: number
): ReadonlyArray<ProcessRow> => {
  const spared = ancestry(rows, self)
  const candidates = rows.filter((row) => row.started >= lineage.since && row.pid > 1 && !spared.has(row.pid))
  const sure = candidates.filter((row) => lineage.known.get(row.pid) === row.started || lineage.marked(row.pid))
  const ours = lineage.leaders.filter((leader) => sure.some((row) => row.group === leader || row.session === leader))
  const living = new Map(
    [...sure, ...candidates.filter((row) => ours.includes(row.group) || ours.includes(row.session))].map((row) => [
      row.pid,
      row
    ])
  )
  for (let before = -1; before !== living.size; ) {
    before = living.size
    for (const row of candidates) if (living.has(row.parent)) living.set(row.pid, row)
  }
  return [...living.values()]
}

const ancestry = (rows: ReadonlyArray<ProcessRow>, self: number): ReadonlySet<number> => {
  const parents = new Map(rows.map((row) => [row.pid, row.parent]))
  const found = new Set<number>()
  for (let pid: number | undefined = self; pid !== undefined && !found.has(pid); pid = parents.get(pid)) found.add(pid)
  return found
}
