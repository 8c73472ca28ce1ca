import { existsSync, readdirSync, rmSync } from "node:fs"
import * as path from "node:path"
import { instancesDirectory } from "../backend/InstanceFile.ts"

/** Files removed in one sweep; the rest waits for the next. */
export const statusSweepFiles = 1_000

export const statusDirectory = (stateDirectory: string): string => path.join(stateDirectory, "status")

/**
 * Removes status files of gateways that are no more: those without an instance file, which a gateway has before it
 * writes its first status and loses after it has removed its last. So it comes after the sweep of the instance files.
 * Takes half-written drafts as well. What can't be removed is left to `sentinel status`, which skips it and says so.
 */
export const sweepStatusFiles = (stateDirectory: string): void => {
  const directory = statusDirectory(stateDirectory)
  const instances = instancesDirectory(stateDirectory)
  const isStale = (name: string) => !existsSync(path.join(instances, `${instanceOf(name)}.json`))
  for (const name of namesIn(directory).filter(isStale).slice(0, statusSweepFiles)) {
    try {
      rmSync(path.join(directory, name), { force: true })
    } catch {
      // A directory, or somebody else's.
    }
  }
}

/** `<instance>.json`, or `<instance>.json.<draft>.tmp`: an instance id has no dot. */
const instanceOf = (name: string): string => name.split(".", 1)[0] ?? ""

const namesIn = (directory: string): ReadonlyArray<string> => {
  try {
    return readdirSync(directory)
  } catch {
    // No gateway has run here yet.
    return []
  }
}
