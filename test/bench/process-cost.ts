/** What one process costs, its children not counted, read from Linux' /proc. */
import { readdirSync, readFileSync } from "node:fs"

/**
 * CPU time used so far by all threads of the process, in microseconds. `schedstat` counts nanoseconds where
 * /proc/<pid>/stat counts ticks of 10 ms; its first field is the time on the CPU, user and system.
 */
export const cpuMicrosOf = (pid: number): number => {
  let nanos = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ", 1)[0])
  }
  return nanos / 1_000
}

export interface ResidentMemory {
  readonly rssMiB: number
  /** The part that is not backed by a file: what this process has for itself alone. */
  readonly anonMiB: number
}

export const residentMemoryOf = (pid: number): ResidentMemory => {
  const status = readFileSync(`/proc/${pid}/status`, "latin1")
  const mebibytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1_024
  return { rssMiB: mebibytes("VmRSS"), anonMiB: mebibytes("RssAnon") }
}
