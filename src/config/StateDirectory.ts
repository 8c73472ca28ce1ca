import { homedir } from "node:os"
import * as path from "node:path"
import type { Document, Environment } from "./Document.ts"
import { isTable } from "./Found.ts"

const absolute = (directory: string | undefined): string | undefined =>
  directory !== undefined && path.isAbsolute(directory) ? directory : undefined

export const homeOf = (environment: Environment): string => absolute(environment["HOME"]) ?? homedir()

/**
 * Where the gateway keeps its state if the file does not say: `$SENTINEL_STATE_DIR`, else
 * `$XDG_STATE_HOME/sentinel-gateway`, else `~/.local/state/sentinel-gateway`. A relative XDG path is ignored, as the
 * XDG Base Directory Specification demands.
 */
export const defaultStateDirectory = (environment: Environment): string => {
  const own = environment["SENTINEL_STATE_DIR"] ?? ""
  if (own !== "") return path.resolve(own)
  const base = absolute(environment["XDG_STATE_HOME"]) ?? path.join(homeOf(environment), ".local", "state")
  return path.join(base, "sentinel-gateway")
}

/** A path as written in a file: `~/` is the home directory, a relative path starts at the file. */
export const resolvePath = (written: string, configDirectory: string, environment: Environment): string => {
  const expanded = /^~(?=\/|$)/.test(written) ? homeOf(environment) + written.slice(1) : written
  return path.resolve(configDirectory, expanded)
}

/** The state directory by a parsed file; undefined if what it says is none. */
export const writtenStateDirectory = ({ environment, file, tree }: Document): string | undefined => {
  const gateway = tree["gateway"] ?? {}
  const written = isTable(gateway) ? (gateway["state_dir"] ?? "") : undefined
  if (typeof written !== "string") return undefined
  return written === ""
    ? defaultStateDirectory(environment)
    : resolvePath(written, path.dirname(path.resolve(file)), environment)
}
