import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import type { ProcessRow, ProcessTable } from "./ProcessRow.ts"
import { psTable } from "./PsTable.ts"

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

/** Reading of a process that ends meanwhile, or that belongs to another user, gives nothing. */
const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return ""
  }
}

/** proc_pid_stat(5). The name, field 2, is in parentheses and may itself hold spaces and parentheses. */
export const rowFromStat = (pid: number, stat: string): ProcessRow | undefined => {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const field = (number: number) => fields[number - 3] ?? ""
  if (stat === "" || field(3) === "Z" || field(3) === "X") return undefined
  const [parent, group, session, started] = [field(4), field(5), field(6), field(22)].map(Number)
  if (parent === undefined || group === undefined || session === undefined || started === undefined) return undefined
  return { pid, parent, group, session, started }
}

const rowOf = (pid: number): ProcessRow | undefined => rowFromStat(pid, read(`/proc/${pid}/stat`))

const pidsListed = (): ReadonlyArray<number> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

/** Listings of one walk, at most: after the first, each is for what has started since the one before. */
export const walkListings = 8

/**
 * Every process there is. One that starts another and ends while the list is worked through would hide both: its own turn
 * comes too late, and the other is not on the list. So it is listed again, until there is nobody new. Exported for tests.
 */
export const walk = (
  list: () => ReadonlyArray<number>,
  rowOf: (pid: number) => ProcessRow | undefined
): ReadonlyArray<ProcessRow> => {
  const rows = new Map<number, ProcessRow | undefined>()
  for (let listing = 0; listing < walkListings; listing++) {
    const fresh = list().filter((pid) => !rows.has(pid))
    if (fresh.length === 0) break
    for (const pid of fresh) rows.set(pid, rowOf(pid))
  }
  return [...rows.values()].filter((row) => row !== undefined)
}

/** Linux: everything from /proc. Starts are clock ticks since boot. */
export const procTable = (): ProcessTable => ({
  rows: () => walk(pidsListed, rowOf),
  startedOf: (pid) => rowOf(pid)?.started,
  variableOf: (pid, name) => {
    const environment = `\0${read(`/proc/${pid}/environ`)}`
    const at = environment.indexOf(`\0${name}=`)
    if (at < 0) return undefined
    const from = at + name.length + 2
    const to = environment.indexOf("\0", from)
    return Buffer.from(environment.slice(from, to < 0 ? undefined : to), "latin1").toString()
  },
  showsVariables: true,
  boot: read("/proc/sys/kernel/random/boot_id").trim(),
  namespace: existsSync("/proc/self/ns/pid") ? readlinkSync("/proc/self/ns/pid") : ""
})

/** The table of this machine: /proc where there is one, else `ps`, which shows no environment. */
export const systemTable = (): ProcessTable => (existsSync("/proc/self/stat") ? procTable() : psTable())
