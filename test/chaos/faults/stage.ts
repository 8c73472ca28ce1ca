/** Where a faulty server of one cell works: what it wrote down, and the files it looks at. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { isRecord } from "../../bench/client.ts"
import { signalTo } from "./end.ts"

/** One line of the journal; `at` in milliseconds of `now`. */
export interface Entry {
  readonly at: number
  readonly pid: number
  readonly event: string
  readonly tool: string | undefined
  readonly text: string | undefined
  /** A start that dies of its first message. */
  readonly failing: boolean
}

export interface Stage {
  readonly folder: string
  /** What starts the server over stdio. */
  readonly command: readonly [file: string, ...args: ReadonlyArray<string>]
  readonly journal: () => ReadonlyArray<Entry>
  /** The first entry that fits, once it is there; `undefined` after `withinMillis`. */
  readonly entry: (fits: (entry: Entry) => boolean, withinMillis: number) => Promise<Entry | undefined>
  /** So many of the next starts die of the first message. */
  readonly failStarts: (count: number) => void
  /** Puts the command in its place, if it is absent. */
  readonly install: () => void
  /** Whether one of the servers that were started here has this pid. */
  readonly isAlive: (pid: number) => boolean
  /** Pids of the servers that were started here and are alive. */
  readonly alive: () => ReadonlyArray<number>
}

/** How long a server may take to end with what had started it. */
const goneMillis = 500

const pollMillis = 2
const server = join(import.meta.dirname, "server.mjs")

const entryIn = (line: string): Entry | undefined => {
  const entry: unknown = JSON.parse(line)
  if (!isRecord(entry)) return undefined
  const textOf = (key: string) => (typeof entry[key] === "string" ? entry[key] : undefined)
  return {
    at: Number(entry["at"]),
    pid: Number(entry["pid"]),
    event: String(entry["event"]),
    tool: textOf("tool"),
    text: textOf("text"),
    failing: entry["failing"] === true
  }
}

/** A process of that id whose command names the folder, so that a reused id is never taken for ours. */
const isOurs = (pid: number, folder: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(folder)
  } catch {
    return false
  }
}

const open = new Set<Stage>()

const sweep = (stage: Stage): number => {
  open.delete(stage)
  const left = stage.alive()
  for (const pid of left) signalTo(pid, "SIGKILL")
  return left.length
}

// Also when this process is interrupted: a stopped server would stay for ever.
process.once("exit", () => open.forEach(sweep))

/** `absent`: the command of the server is not there until it is installed. */
export const openStage = (folder: string, absent: boolean): Stage => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, "journal")
  const wrapper = join(folder, "absent-server")
  const journal = () =>
    existsSync(file)
      ? readFileSync(file, "utf8")
          .split("\n")
          .slice(0, -1)
          .flatMap((line) => entryIn(line) ?? [])
      : []
  const stage: Stage = {
    folder,
    command: absent ? [wrapper] : [process.execPath, server, folder],
    journal,
    entry: async (fits, withinMillis) => {
      const until = performance.now() + withinMillis
      for (;;) {
        const found = journal().find(fits)
        if (found !== undefined || performance.now() > until) return found
        await sleep(pollMillis)
      }
    },
    failStarts: (count) => writeFileSync(join(folder, "failing-starts"), String(count)),
    install: () =>
      writeFileSync(wrapper, `#!/bin/sh\nexec "${process.execPath}" "${server}" "${folder}"\n`, { mode: 0o755 }),
    isAlive: (pid) => isOurs(pid, folder),
    alive: () => [...new Set(journal().map(({ pid }) => pid))].filter((pid) => isOurs(pid, folder))
  }
  open.add(stage)
  return stage
}

/** Kills what outlived its target, and answers with how many that were. */
export const closeStage = async (stage: Stage): Promise<number> => {
  const until = performance.now() + goneMillis
  while (stage.alive().length > 0 && performance.now() < until) await sleep(pollMillis)
  return sweep(stage)
}
