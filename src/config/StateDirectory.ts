import { homedir } from "node:os"
import * as path from "node:path"
import type { Environment } from "./Document.ts"

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
