/** The `[[backends]]` tables of the scenarios. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { BackendTable } from "../../fixtures/gateway.ts"
import type { Arena } from "./arena.ts"

const unruly = join(import.meta.dirname, "servers/unruly.mjs")

/** The fastest restarts that a configuration can ask for, and as many as there may be. */
export const tireless: BackendTable = {
  restart_base_ms: 10,
  restart_cap_secs: 1,
  restart_stable_secs: 1,
  restart_window_secs: 1,
  max_restarts: 1_000
}

/** The journaling server of this directory; `flags` as it says. */
export const unrulyBackend = (
  { env }: Arena,
  name: string,
  more: BackendTable = {},
  flags: ReadonlyArray<string> = []
): BackendTable => ({ name, command: process.execPath, args: [unruly, ...flags], env, ...more })

/** A server from npm, by its command in node_modules/.bin. */
export const npmBackend = (
  { env }: Arena,
  name: string,
  args: ReadonlyArray<string> = [],
  more: BackendTable = {}
): BackendTable => ({ name, command: `mcp-server-${name}`, args, env, ...more })

/** The texts of the calls that have reached a server, in order; none if none has. */
export const journalIn = (file: string): ReadonlyArray<string> => {
  const lines = readIfThere(file).split("\n").slice(0, -1)
  return lines.map((line) => line.slice(line.indexOf(" ") + 1))
}

const readIfThere = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}
