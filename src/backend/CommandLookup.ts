import * as Result from "effect/Result"
import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from "node:fs"
import { delimiter, dirname, join, resolve } from "node:path"

/** What a system without PATH searches, as execvp(3) does. */
export const fallbackPath = "/usr/local/bin:/usr/bin:/bin"

/** The directories of a PATH. Empty and relative entries would mean the working directory and are left out. */
export const directoriesOf = (path: string | undefined): ReadonlyArray<string> =>
  (path ?? fallbackPath).split(delimiter).filter((directory) => directory.startsWith("/"))

type Found = "program" | "missing" | "directory" | "not executable"

const lookAt = (file: string): Found => {
  try {
    if (statSync(file).isDirectory()) return "directory"
  } catch {
    return "missing"
  }
  try {
    accessSync(file, constants.X_OK)
    return "program"
  } catch {
    return "not executable"
  }
}

/**
 * The file to run for a configured command. With a `/` in it, it is a path, relative to `cwd`; a bare name is looked
 * for in `searchPath`, in order. Fails with a sentence that says where was looked and what to do.
 */
export const findCommand = (
  command: string,
  cwd: string | undefined,
  searchPath: ReadonlyArray<string>
): Result.Result<string, string> =>
  command.includes("/") ? atPath(command, resolve(cwd ?? ".", command)) : byName(command, searchPath)

const atPath = (command: string, file: string): Result.Result<string, string> => {
  const named = command === file ? `command "${file}"` : `command "${command}" (${file})`
  switch (lookAt(file)) {
    case "program":
      return Result.succeed(file)
    case "missing":
      return Result.fail(`${named} does not exist; install it or correct "command"`)
    case "directory":
      return Result.fail(`${named} is a directory; name the program in it`)
    case "not executable":
      return Result.fail(`${named} is not executable for this user; chmod +x it, or run it through its interpreter`)
  }
}

const byName = (command: string, searchPath: ReadonlyArray<string>): Result.Result<string, string> => {
  const files = searchPath.map((directory) => join(directory, command))
  const program = files.find((file) => command !== "" && lookAt(file) === "program")
  if (program !== undefined) return Result.succeed(program)
  const unusable = files.find((file) => lookAt(file) === "not executable")
  if (unusable !== undefined) return atPath(command, unusable)
  return Result.fail(
    `command "${command}" was not found in ${searchPath.join(", ")}; install it or give its path in "command"`
  )
}

/** As much of a script as is read for its first line. */
const firstLineBytes = 256

const firstLine = (file: string): string => {
  let opened: number | undefined
  try {
    opened = openSync(file, "r")
    const bytes = Buffer.alloc(firstLineBytes)
    const length = readSync(opened, bytes, 0, firstLineBytes, 0)
    return bytes.toString("latin1", 0, length).split("\n")[0] ?? ""
  } catch {
    return ""
  } finally {
    if (opened !== undefined) closeSync(opened)
  }
}

const nodeScript = /^#!\s*\S*\/env\s+(?:-S\s*)?node(?:\s|$)/

/**
 * The PATH a program gets. A `#!/usr/bin/env node` script must run on the Node that the gateway runs on, as the
 * machine's own may be too old for it: if PATH would lead it to another, the directory of the gateway's goes in front.
 * Every other program gets PATH as it is, because that directory may hold more than Node (`/usr/bin`).
 */
export const pathFor = (file: string, path: string | undefined, ownNode: string): string => {
  const given = path ?? fallbackPath
  if (!nodeScript.test(firstLine(file))) return given
  const first = directoriesOf(given).find((directory) => lookAt(join(directory, "node")) === "program")
  if (first !== undefined && sameFile(join(first, "node"), ownNode)) return given
  return given === "" ? dirname(ownNode) : `${dirname(ownNode)}${delimiter}${given}`
}

const sameFile = (one: string, other: string): boolean => {
  try {
    return realpathSync(one) === realpathSync(other)
  } catch {
    return false
  }
}
