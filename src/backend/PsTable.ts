import { spawnSync } from "node:child_process"
import type { ProcessRow, ProcessTable } from "./ProcessRow.ts"

/** `ps` that takes longer than this, or prints more, counts as not there. */
const psMillis = 2_000
const psBytes = 16 * 1024 * 1024

const ps = (args: ReadonlyArray<string>): string => {
  const run = spawnSync("ps", args, {
    encoding: "utf8",
    env: { PATH: "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" },
    timeout: psMillis,
    maxBuffer: psBytes,
    stdio: ["ignore", "pipe", "ignore"]
  })
  return run.error === undefined ? run.stdout : ""
}

const columns = "pid=,ppid=,pgid=,state=,lstart="
const line = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*\S)\s*$/

const rowsFrom = (output: string): ReadonlyArray<ProcessRow> =>
  output.split("\n").flatMap((text) => {
    const [, pid, parent, group, state, started] = line.exec(text) ?? []
    if (state === undefined || started === undefined || /^[ZX]/.test(state)) return []
    // `ps` names no session that could be compared (macOS prints an address), so the group stands in for it.
    const session = Number(group)
    return [
      { pid: Number(pid), parent: Number(parent), group: session, session, started: Date.parse(`${started} UTC`) }
    ]
  })

/**
 * Systems without /proc (macOS). Starts are in milliseconds since the epoch, to the second. There is no environment to
 * look into, so a descendant that left its group and lost its parent is not found there.
 */
export const psTable = (): ProcessTable => ({
  rows: () => rowsFrom(ps(["-A", "-o", columns])),
  startedOf: (pid) => rowsFrom(ps(["-o", columns, "-p", `${pid}`]))[0]?.started,
  variableOf: () => undefined,
  showsVariables: false,
  boot: "",
  namespace: ""
})
