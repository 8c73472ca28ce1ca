/**
 * A disk that can be full, for one directory and for whoever is started here alone: a small tmpfs in a user and mount
 * namespace of its own. Where the system gives none, a limit on the size of files stands in for it (setrlimit(2),
 * RLIMIT_FSIZE), under which writes fail just as they do on a full disk, with another error.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { StdioClient } from "../../fixtures/client.ts"
import { launcher } from "../../cli/sentinel.ts"
import type { Arena } from "./arena.ts"

const diskMiB = 1
/** Files and directories that it has room for: far more than the gateway makes. */
const diskInodes = 64
/** Free space is taken in pieces of this size, and then byte by byte as far as a page goes. */
const pieceBytes = 64 * 1_024

export interface ScarceDisk extends AsyncDisposable {
  /** What stands in for the full disk. */
  readonly how: "a full tmpfs of 1 MiB and 64 files" | "a limit on the size of files"
  /** Starts `sentinel` with its state there. */
  readonly start: (args: ReadonlyArray<string>) => StdioClient
  /** From now on nothing can be written there; `gateway` is told if it runs. */
  readonly fill: (gateway?: StdioClient) => void
  readonly free: (gateway?: StdioClient) => void
  /** Each file there with its text, by its path below the state directory. */
  readonly files: () => ReadonlyMap<string, string>
}

export const openScarceDisk = async (arena: Arena): Promise<ScarceDisk> => {
  const directory = arena.folder("disk")
  const holder = await mountIn(arena, directory)
  return holder?.pid === undefined ? limitedFiles(arena, directory) : smallTmpfs(arena, directory, holder, holder.pid)
}

/** The process that keeps the namespace, in which the directory is a tmpfs; undefined if that is not allowed here. */
const mountIn = async (arena: Arena, directory: string): Promise<ChildProcess | undefined> => {
  const script = `mount -t tmpfs -o size=${diskMiB}m,nr_inodes=${diskInodes},mode=700 none "$1" && echo mounted && exec cat`
  const holder = spawn("unshare", ["-rm", "sh", "-c", script, "sh", directory], {
    cwd: arena.directory,
    env: { ...process.env, ...arena.env },
    stdio: ["pipe", "pipe", "ignore"]
  })
  const { promise: mounted, resolve } = Promise.withResolvers<boolean>()
  holder.stdout.once("data", () => resolve(true))
  for (const end of ["exit", "error"]) holder.once(end, () => resolve(false))
  return (await mounted) ? holder : undefined
}

const textsBelow = (directory: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.endsWith(fillerName))
      .map((entry) => join(entry.parentPath, entry.name))
      .flatMap((path) => {
        const text = textUnlessGone(path)
        return text === undefined ? [] : [[path.slice(directory.length + 1), text] as const]
      })
  )

/** A draft takes its file's place at any moment. */
const textUnlessGone = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
    throw error
  }
}

const fillerName = "filler"

/** Writes until nothing more fits, not even the name of a file. */
const fillUp = (filler: string): void => {
  mkdirSync(filler, { recursive: true })
  for (const bytes of [pieceBytes, 4_096, 1]) {
    untilRefused(() => writeFileSync(join(filler, "bytes"), "x".repeat(bytes), { flag: "a" }))
  }
  untilRefused((time) => writeFileSync(join(filler, String(time)), "", { flag: "wx" }))
}

const untilRefused = (work: (time: number) => void): void => {
  try {
    for (let time = 0; ; time++) work(time)
  } catch {
    // There is no more room for it.
  }
}

const startedWith = (arena: Arena, directory: string, command: ReadonlyArray<string>): StdioClient => {
  const [program = "sh", ...args] = command
  const env = { ...arena.env, SENTINEL_STATE_DIR: directory }
  return new StdioClient({ command: program, args, env, cwd: arena.directory })
}

const smallTmpfs = (arena: Arena, directory: string, holder: ChildProcess, pid: number): ScarceDisk => {
  // The directory as the holder sees it.
  const inside = join(`/proc/${pid}/root`, directory)
  const enter = ["nsenter", "--preserve-credentials", "-U", "-m", "-t", String(pid), "sh", "-c"]
  // To enter a mount namespace is to leave one's working directory, by which what is left is found.
  const script = 'cd "$1" && shift && exec sh "$@"'
  return {
    how: "a full tmpfs of 1 MiB and 64 files",
    start: (args) => startedWith(arena, directory, [...enter, script, "sh", arena.directory, launcher, ...args]),
    fill: () => fillUp(join(inside, fillerName)),
    free: () => rmSync(join(inside, fillerName), { recursive: true, force: true }),
    files: () => textsBelow(inside),
    [Symbol.asyncDispose]: async () => {
      if (holder.exitCode !== null || holder.signalCode !== null) return
      holder.kill("SIGKILL")
      await once(holder, "exit")
    }
  }
}

const limitedFiles = (arena: Arena, directory: string): ScarceDisk => {
  let isFull = false
  const limit = (gateway: StdioClient | undefined) => {
    if (gateway !== undefined)
      execFileSync("prlimit", ["--pid", String(gateway.pid), `--fsize=${isFull ? 0 : "unlimited"}:`])
  }
  return {
    how: "a limit on the size of files",
    start: (args) => {
      const script = `ulimit -S -f ${isFull ? 0 : "unlimited"} && exec sh "$@"`
      return startedWith(arena, directory, ["sh", "-c", script, "sh", launcher, ...args])
    },
    fill: (gateway) => {
      isFull = true
      limit(gateway)
    },
    free: (gateway) => {
      isFull = false
      limit(gateway)
    },
    files: () => textsBelow(directory),
    [Symbol.asyncDispose]: async () => undefined
  }
}
