import { existsSync } from "node:fs"
import * as path from "node:path"
import type { Environment } from "./Document.ts"
import { homeOf } from "./StateDirectory.ts"

/** A file that may be the configuration. One that somebody named must exist; the others are taken if they do. */
export interface Candidate {
  readonly file: string
  readonly namedBy: "--config" | "$SENTINEL_CONFIG" | undefined
}

/** What decides where the file is looked for. */
export interface SearchInput {
  /** The value of `--config`. */
  readonly option: string | undefined
  readonly environment: Environment
  /** Where the gateway is installed. */
  readonly packageRoot: string
}

/**
 * Where the configuration is looked for, in this order: `--config`; `$SENTINEL_CONFIG`;
 * `$XDG_CONFIG_HOME/sentinel-gateway/sentinel.toml` (`~/.config` by default); `config/sentinel.toml` of the
 * installation. The current directory is left out on purpose: a client starts the gateway inside of whatever project
 * is open, and a file found there could start any program.
 */
export const searchOrder = ({ option, environment, packageRoot }: SearchInput): ReadonlyArray<Candidate> => {
  if (option !== undefined) return [{ file: option, namedBy: "--config" }]
  const named = environment["SENTINEL_CONFIG"] ?? ""
  if (named !== "") return [{ file: named, namedBy: "$SENTINEL_CONFIG" }]
  const xdg = environment["XDG_CONFIG_HOME"] ?? ""
  const base = path.isAbsolute(xdg) ? xdg : path.join(homeOf(environment), ".config")
  return [path.join(base, "sentinel-gateway", "sentinel.toml"), path.join(packageRoot, "config", "sentinel.toml")].map(
    (file) => ({ file, namedBy: undefined })
  )
}

/** The file to load; undefined for the embedded defaults. One that was named is taken unseen: loading it explains. */
export const findFile = (input: SearchInput, exists: (file: string) => boolean = existsSync): string | undefined =>
  searchOrder(input).find(({ file, namedBy }) => namedBy !== undefined || exists(file))?.file
