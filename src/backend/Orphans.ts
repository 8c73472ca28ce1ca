import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { slotVariable } from "./ChildEnvironment.ts"
import { InstanceRecord, instancesDirectory } from "./InstanceFile.ts"
import type { Lineage } from "./Lineage.ts"
import { makeLookout } from "./Lookout.ts"
import type { Lookout } from "./Lookout.ts"
import { systemTable } from "./ProcessTable.ts"
import type { ProcessTable } from "./ProcessRow.ts"
import { reap } from "./Reaper.ts"
import { readRegularFile } from "./RegularFile.ts"

/** Instance files looked at in one sweep; the rest waits for the next. */
export const sweepFiles = 1_000
/** A larger file is not one of ours. */
export const instanceFileBytes = 1024 * 1024

export interface Swept {
  /** Processes of dead gateways that were ended. */
  readonly ended: ReadonlyArray<{ readonly instanceId: string; readonly pid: number }>
  /** In words: files that could not be understood, processes that could not be ended. */
  readonly problems: ReadonlyArray<string>
}

/**
 * Ends what gateways that were killed have left behind (design: "At start, orphans of a crashed predecessor are swept").
 *
 * For each instance file whose gateway is dead (no process has its pid and its start) the recorded children that still
 * have their start, their groups and descendants, and every process that carries the instance's mark are killed; then
 * the file goes. A live gateway's file is not touched, a file that makes no sense is reported and removed. Never fails.
 */
export const sweepOrphans = Effect.fn("Orphans.sweep")(function* (
  stateDirectory: string,
  lookout: Lookout = makeLookout(systemTable())
) {
  const ended: Array<Swept["ended"][number]> = []
  const problems: Array<string> = []
  for (const name of fileNames(instancesDirectory(stateDirectory))) {
    const file = join(instancesDirectory(stateDirectory), name)
    const found = readRecord(file)
    if (found._tag === "Gone") continue
    if (found._tag === "Unreadable") {
      problems.push(`${file} can't be read (${found.reason}); see to it`)
      continue
    }
    if (found._tag === "Corrupt") {
      problems.push(`${file} ${found.reason}; it was removed`)
      remove(file)
      continue
    }
    if (mayBeAlive(found.record, lookout.table)) continue
    const instanceId = name.slice(0, -suffix.length)
    const { ended: killed, left } = yield* reap(lookout, lineageOf(instanceId, found.record, lookout.table))
    ended.push(...killed.map(({ pid }) => ({ instanceId, pid })))
    // The file stays as long as there is something to end.
    if (left.length === 0) remove(file)
    else problems.push(`processes of ${file} can't be killed: ${left.map(({ pid }) => pid).join(", ")}`)
  }
  const swept: Swept = { ended, problems }
  return swept
})

const suffix = ".json"

const fileNames = (directory: string): ReadonlyArray<string> => {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(suffix))
      .slice(0, sweepFiles)
  } catch {
    // No gateway has run here yet.
    return []
  }
}

type Found =
  | { readonly _tag: "Record"; readonly record: InstanceRecord }
  | { readonly _tag: "Corrupt"; readonly reason: string }
  | { readonly _tag: "Unreadable"; readonly reason: string }
  | { readonly _tag: "Gone" }

const decode = Schema.decodeUnknownExit(InstanceRecord)

const readRecord = (file: string): Found => {
  const read = readRegularFile(file, instanceFileBytes)
  // Gone: another gateway that started meanwhile has swept it.
  if (read._tag === "TooLarge") return { _tag: "Corrupt", reason: `is too large (${read.bytes} bytes)` }
  if (read._tag !== "Text") return read
  const decoded = decode(read.text)
  return Exit.isSuccess(decoded)
    ? { _tag: "Record", record: decoded.value }
    : { _tag: "Corrupt", reason: "is not an instance file" }
}

/** A gateway of another container that shares the directory can't be seen from here: it counts as alive. */
const mayBeAlive = (record: InstanceRecord, table: ProcessTable): boolean =>
  record.boot === table.boot && (record.namespace !== table.namespace || table.startedOf(record.pid) === record.started)

const lineageOf = (instanceId: string, record: InstanceRecord, table: ProcessTable): Lineage => {
  // No process survives a boot, and pids and starts of different boots mean nothing to each other.
  const children = record.boot === table.boot ? record.children : []
  return {
    leaders: children.map(({ pid }) => pid),
    known: new Map(children.map(({ pid, started }) => [pid, started])),
    since: record.boot === table.boot ? record.started : 0,
    marked: (variable) => variable(slotVariable)?.startsWith(`${instanceId}/`) ?? false
  }
}

/** Also what a crash in the middle of a write has left beside it. */
const remove = (file: string): void => {
  for (const path of [file, `${file}.tmp`]) {
    try {
      rmSync(path, { force: true })
    } catch {
      // Somebody else's by its mode: it is reported again at the next sweep.
    }
  }
}
