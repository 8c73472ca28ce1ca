/** Which processes stand below one, from Linux' /proc. */
import { readdirSync, readFileSync } from "node:fs"

/** A process id with its start time, so that a reused id is never taken for the old process. */
export interface Running {
  readonly pid: number
  readonly startTicks: string
}

/** Fields of /proc/<pid>/stat after the command name: state is field 3, start time field 22 (proc_pid_stat(5)). */
const startTicksOf = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return fields[0] === "Z" ? undefined : fields[19]
  } catch {
    return undefined
  }
}

const childrenOf = (pid: number): ReadonlyArray<number> => {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").split(" ").filter(Boolean).map(Number)
    )
  } catch {
    return []
  }
}

export const descendantsOf = (pid: number, found: Array<Running> = []): ReadonlyArray<Running> => {
  for (const child of childrenOf(pid)) {
    const startTicks = startTicksOf(child)
    if (startTicks !== undefined) found.push({ pid: child, startTicks })
    descendantsOf(child, found)
  }
  return found
}

export const isAlive = ({ pid, startTicks }: Running): boolean => startTicksOf(pid) === startTicks
