import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { readdirSync } from "node:fs"
import * as path from "node:path"
import { InstanceRecord, instancesDirectory } from "../backend/InstanceFile.ts"
import type { ProcessTable } from "../backend/ProcessRow.ts"
import { readRegularFile } from "../backend/RegularFile.ts"
import { isJsonObject, type JsonObject } from "../domain/Json.ts"
import { statusDirectory } from "../gateway/StatusSweep.ts"
import { StatusReport } from "./StatusReport.ts"

/** Gateways shown, and stale files named, at most: however many are stale, those that live are found. */
export const statusFilesMax = 256
/** A larger file is not one of ours. */
export const statusFileBytesMax = 16 * 1024 * 1024

/** A gateway that lives: its report, and the same with everything else that it wrote. */
export interface LiveGateway {
  readonly report: StatusReport
  readonly written: JsonObject
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface FoundGateways {
  readonly live: ReadonlyArray<LiveGateway>
  /** Files whose gateway is dead, or that can't be understood, with the reason. */
  readonly stale: ReadonlyArray<{ readonly file: string; readonly reason: string }>
}

/**
 * Reads the status files of a state directory. A file counts only while the very process that wrote it lives: same pid
 * and same start, by its instance file; a pid alone may be somebody else's by now.
 */
export const findGateways = (stateDirectory: string, processes: ProcessTable): FoundGateways => {
  const directory = statusDirectory(stateDirectory)
  const live: Array<LiveGateway> = []
  const stale: Array<{ file: string; reason: string }> = []
  const addStale = (file: string, reason: string) => stale.length < statusFilesMax && stale.push({ file, reason })
  for (const name of namesIn(directory)) {
    if (live.length >= statusFilesMax) break
    const file = path.join(directory, name)
    const written = readObject(file)
    // Its gateway has just ended and removed it.
    if (written === "gone") continue
    const report = decodeReport(written)
    const at = written?.["at"]
    if (written === undefined || Option.isNone(report) || typeof at !== "number") {
      addStale(file, "it is no status file of this version")
      continue
    }
    const reason = deathOf(stateDirectory, report.value, processes)
    if (reason === undefined) live.push({ report: report.value, written, at })
    else addStale(file, reason)
  }
  return { live, stale }
}

const decodeReport = Schema.decodeUnknownOption(StatusReport)
const decodeRecord = Schema.decodeUnknownOption(InstanceRecord)

/** Why the gateway of a report is known to be dead; undefined while it lives. */
const deathOf = (stateDirectory: string, report: StatusReport, processes: ProcessTable): string | undefined => {
  const { instanceId, pid } = report
  const started = processes.startedOf(pid)
  const gone = `its gateway, process ${pid}, is not alive`
  const record = decodeRecord(
    readText(path.join(instancesDirectory(stateDirectory), `${path.basename(instanceId)}.json`))
  )
  if (Option.isNone(record)) return started === undefined ? gone : undefined
  if (record.value.boot !== processes.boot) return "its gateway ran before the last boot of this machine"
  // From inside of a container, or from outside, the other's processes can't be seen.
  if (record.value.namespace !== processes.namespace) return undefined
  if (started === undefined) return gone
  return started === record.value.started ? undefined : `process ${pid} is another one by now`
}

const namesIn = (directory: string): ReadonlyArray<string> => {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(".json"))
      .sort()
  } catch {
    // No gateway has run here yet.
    return []
  }
}

const readText = (file: string): string | undefined => {
  const read = readRegularFile(file, statusFileBytesMax)
  if (read._tag === "Text") return read.text
  return read._tag === "Gone" ? undefined : ""
}

const readObject = (file: string): JsonObject | undefined | "gone" => {
  const text = readText(file)
  if (text === undefined) return "gone"
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
