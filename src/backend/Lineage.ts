import type { Snapshot } from "./ProcessTable.ts"
import type { ProcessRow } from "./ProcessRow.ts"

/** What is known for certain about some processes of ours; all else follows from it. */
export interface Lineage {
  /** Children that were spawned as leaders of their own group and session. */
  readonly leaders: ReadonlyArray<number>
  /** Pid to start: processes seen before as ours. Grows while they are watched. */
  readonly known: Map<number, number>
  /** Nothing of ours is older than this start. */
  readonly since: number
  /** Whether these variables of a process are our mark. */
  readonly marked: (variable: (name: string) => string | undefined) => boolean
}

/**
 * The living processes of a lineage: those known or marked, their descendants, and the members of the leaders' groups
 * and sessions.
 *
 * The number of a group may have gone to strangers once all of the group are dead. So a group counts as ours only while
 * a process that is surely ours is in it: the system gives no pid away that is still a group's or a session's.
 * `self` and its ancestors are never part, even when they carry the mark (a gateway started from under a backend).
 */
export const livingOf = (snapshot: Snapshot, lineage: Lineage, self: number): ReadonlyArray<ProcessRow> => {
  const spared = ancestry(snapshot.rows, self)
  const candidates = snapshot.rows.filter((row) => row.started >= lineage.since && row.pid > 1 && !spared.has(row.pid))
  const sure = candidates.filter(
    ({ pid, started }) => lineage.known.get(pid) === started || lineage.marked((name) => snapshot.variableOf(pid, name))
  )
  const holds = (leader: number) => (row: ProcessRow) => row.group === leader || row.session === leader
  const ours = lineage.leaders.filter((leader) => sure.some(holds(leader)))
  const members = candidates.filter((row) => ours.some((leader) => holds(leader)(row)))
  return withDescendants(candidates, [...sure, ...members])
}

const withDescendants = (
  candidates: ReadonlyArray<ProcessRow>,
  found: ReadonlyArray<ProcessRow>
): ReadonlyArray<ProcessRow> => {
  const living = new Map(found.map((row) => [row.pid, row]))
  for (let before = -1; before !== living.size;) {
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
