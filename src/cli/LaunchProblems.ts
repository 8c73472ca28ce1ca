import * as Result from "effect/Result"
import { statSync } from "node:fs"
import * as path from "node:path"
import { directoriesOf, findCommand } from "../backend/CommandLookup.ts"
import type { Configuration } from "../config/Configuration.ts"
import { quote } from "../config/Found.ts"
import { locate, type Complaint, type Problem } from "../config/Problem.ts"
import type { StdioLaunch } from "../domain/BackendSpec.ts"
import { packageRoot } from "./PackageRoot.ts"

/** Where commands are looked for before PATH: among the programs installed with the gateway. */
export const searchFirst: ReadonlyArray<string> = [path.join(packageRoot, "node_modules", ".bin")]

/**
 * What would keep backends from starting on this machine as it is now: a command or a directory that is not there, or
 * no backend at all. Warnings: the gateway starts nevertheless, and what is missing may come.
 */
export const launchProblems = (
  configuration: Configuration,
  searchPath: string | undefined
): ReadonlyArray<Problem> => {
  const { backends, source } = configuration
  if (backends.length === 0) return [locate(source.file, source.positionOf(["backends"]), nothingEnabled)]
  const directories = [...searchFirst, ...directoriesOf(searchPath)]
  return backends.flatMap(({ launch, name }) => {
    if (launch.type !== "stdio") return []
    return complaintsOf(launch, directories).map(({ key, ...finding }) => {
      const at = [...source.backendPath(name), key]
      return locate(source.file, source.positionOf(at), { ...finding, severity: "warning", path: at })
    })
  })
}

const nothingEnabled: Complaint = {
  path: ["backends"],
  severity: "warning",
  found: "no backend that is enabled",
  allowed: "one or more; a gateway without any offers no tools",
  advice: "add a [[backends]] section, or remove enabled = false from one"
}

type Finding = Omit<Complaint, "path" | "severity"> & { readonly key: "command" | "cwd" }

const complaintsOf = ({ command, cwd }: StdioLaunch, directories: ReadonlyArray<string>): ReadonlyArray<Finding> => {
  if (cwd !== undefined && !isDirectory(cwd)) {
    const found = `${quote(cwd)}, which is not a directory on this machine`
    return [{ key: "cwd", found, allowed: "a directory that exists", advice: "create it, or correct the path" }]
  }
  const looked = findCommand(command, cwd, directories)
  if (Result.isSuccess(looked)) return []
  const advice = "install it, or correct the command; until then the backend does not start"
  return [{ key: "command", found: looked.failure, allowed: "a program that is there", advice }]
}

const isDirectory = (directory: string): boolean => {
  try {
    return statSync(directory).isDirectory()
  } catch {
    return false
  }
}
