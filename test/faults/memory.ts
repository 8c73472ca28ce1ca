import { readFileSync } from "node:fs"

/** Memory that a process holds now, in megabytes; 0 where /proc is missing, so that a bound on it always holds. */
export const residentMegabytes = (pid: number): number => field(pid, "VmRSS")

/** The most it ever held, in megabytes. */
export const peakMegabytes = (pid: number): number => field(pid, "VmHWM")

const field = (pid: number, name: string): number => {
  try {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))
    return Number(found?.[1] ?? 0) / 1_024
  } catch {
    return 0
  }
}
