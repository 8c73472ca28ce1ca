import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import { spawn } from "node:child_process"
import type { ChildProcessWithoutNullStreams } from "node:child_process"
import { statSync } from "node:fs"
import type { Lineage } from "./Lineage.ts"
import { livingOf } from "./Lineage.ts"
import { takeSnapshot } from "./ProcessTable.ts"
import type { Snapshot } from "./ProcessTable.ts"
import type { ProcessTable } from "./ProcessRow.ts"
import { send } from "./Reaper.ts"
import { spawnFailure } from "./SpawnFailure.ts"

/** Everything a child is started with; `file` is found already, `variables` are all that it gets. */
export interface Launching {
  readonly file: string
  readonly args: ReadonlyArray<string>
  readonly cwd: string | undefined
  readonly variables: Readonly<Record<string, string>>
  readonly marked: Lineage["marked"]
}

/** A child that leads a process group and a session of its own, and what is known about its descendants. */
export class ProcessGroup {
  readonly child: ChildProcessWithoutNullStreams
  readonly pid: number
  /** Its start, to tell it from a later owner of the pid; `undefined` if it had ended before it was looked at. */
  readonly started: number | undefined
  readonly exited = Latch.makeUnsafe()
  readonly lineage: Lineage

  constructor(child: ChildProcessWithoutNullStreams, pid: number, table: ProcessTable, marked: Lineage["marked"]) {
    this.child = child
    this.pid = pid
    this.started = table.startedOf(pid)
    const known = new Map(this.started === undefined ? [] : [[pid, this.started]])
    this.lineage = { leaders: [pid], known, since: this.started ?? 0, marked }
    child.once("exit", () => {
      this.exited.openUnsafe()
      // At this moment the number can't be anybody else's yet: remember who is left, for when it could.
      if (send(-pid, 0)) this.#rememberMembers(takeSnapshot(table))
    })
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** To the whole group; only while the leader is not collected, as the number is surely ours until then. */
  signal(signal: NodeJS.Signals): void {
    if (!this.hasExited) send(-this.pid, signal)
  }

  /** Takes note of all descendants, so that they are known later when their parents are gone. */
  remember(snapshot: Snapshot): void {
    for (const row of livingOf(snapshot, this.lineage, process.pid)) this.lineage.known.set(row.pid, row.started)
  }

  #rememberMembers(snapshot: Snapshot): void {
    for (const row of snapshot.rows) {
      if (row.group === this.pid && row.session === this.pid) this.lineage.known.set(row.pid, row.started)
    }
  }
}

/**
 * Starts a child directly, never through a shell. Fails with a sentence that says what was tried and what to do.
 * Uninterruptible callers are fine: the system answers at once.
 */
export const spawnGroup = (launching: Launching, table: ProcessTable): Effect.Effect<ProcessGroup, string> =>
  Effect.suspend(() => {
    const { file, cwd, args, variables, marked } = launching
    if (cwd !== undefined && !isDirectory(cwd)) {
      return Effect.fail(`its working directory "${cwd}" does not exist or is not a directory; correct "cwd"`)
    }
    let child: ChildProcessWithoutNullStreams
    try {
      child = spawn(file, args, { cwd, env: variables, detached: true, shell: false, stdio: "pipe" })
    } catch (error) {
      return Effect.fail(spawnFailure(file, error))
    }
    ignoreErrors(child)
    const pid = child.pid
    return pid === undefined
      ? Effect.callback<never, string>((resume) => {
          child.once("error", (error) => resume(Effect.fail(spawnFailure(file, error))))
        })
      : Effect.succeed(new ProcessGroup(child, pid, table, marked))
  })

/** An `error` event without a listener ends the gateway. What matters of them shows as an end of a stream or an exit. */
const ignoreErrors = (child: ChildProcessWithoutNullStreams): void => {
  for (const emitter of [child, child.stdin, child.stdout, child.stderr]) emitter.on("error", () => undefined)
}

const isDirectory = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
