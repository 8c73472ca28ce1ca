/** A living process. A zombie has ended and is in no table. */
export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** When it started, in the table's own unit: with the pid it names a process for good, until the next boot. */
  readonly started: number
}

/** What the system knows of processes. All reads are synchronous; a process that is gone is simply absent. */
export interface ProcessTable {
  readonly rows: () => ReadonlyArray<ProcessRow>
  /** Start of one living process. */
  readonly startedOf: (pid: number) => number | undefined
  /** The value of a variable in the environment a process was started with; `undefined` where that can't be read. */
  readonly variableOf: (pid: number, name: string) => string | undefined
  /** Whether variables can be read at all. */
  readonly showsVariables: boolean
  /** Differs after each boot of the machine, so that pids and starts of another boot are not compared with this one's. */
  readonly boot: string
  /** Within which pids mean the same: a container numbers its processes anew. */
  readonly namespace: string
}
