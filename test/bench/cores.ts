/** Holds this process and everything that it started on one core, and lets it go again. */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { descendantsOf } from "./process-tree.ts"

const allowedCores =
  /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync(`/proc/${process.pid}/status`, "latin1"))?.[1] ?? "0"
const firstCore = /^\d+/.exec(allowedCores)?.[0] ?? "0"

/** Fails if `taskset` (util-linux) is not there. */
const confineTo = (cores: string) => {
  for (const pid of [process.pid, ...descendantsOf(process.pid).map(({ pid }) => pid)]) {
    execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", cores, String(pid)], { stdio: "ignore" })
  }
}

/**
 * Runs `work` with client, target and backend on the same core. One call at a time has nothing to do in parallel, and across
 * cores most of its time goes into waking an idle (virtual) core, which hides what the target itself adds.
 */
export const onOneCore = async <A>(work: () => Promise<A>): Promise<A> => {
  confineTo(firstCore)
  try {
    return await work()
  } finally {
    confineTo(allowedCores)
  }
}
