/**
 * The entry of the bundle: checks the Node that runs it, turns the compile cache on, and loads what the command needs,
 * for `stdio` less than for the others (docs/adr/0001-cli-start.md).
 *
 * Everything here, and the one file it imports, is in plain old syntax: a Node that is too old must get as far as
 * saying so.
 */
import * as module from "node:module"
import * as os from "node:os"
import * as path from "node:path"
import { readStdioArguments } from "./cli/StdioArguments.ts"

/** The oldest Node that everything here runs on. */
const leastMajor = 22
const leastMinor = 19

const fail = (message: string): void => {
  process.stderr.write("sentinel: " + message + "\n")
  process.exit(70)
}

/** Where compiled code is kept between runs: not below /tmp, where somebody else could put code for us to run. */
const codeDirectory = (): string => {
  const named = process.env["XDG_CACHE_HOME"] || ""
  const base = path.isAbsolute(named) ? named : path.join(process.env["HOME"] || os.homedir(), ".cache")
  return path.join(base, "sentinel-gateway")
}

/** A directory that can't be found or written costs time, no more. */
const keepCompiledCode = (): void => {
  try {
    module.enableCompileCache(process.env["NODE_COMPILE_CACHE"] || codeDirectory())
  } catch {
    // Then every start compiles for itself.
  }
}

const start = (): void => {
  keepCompiledCode()
  const args = process.argv.slice(2)
  const options = readStdioArguments(args)
  const started =
    options === undefined
      ? import("./cli/Commands.ts").then(({ runCommands }) => runCommands(args))
      : import("./cli/Stdio.ts").then(({ runStdio }) => runStdio(options))
  started.catch((error: unknown) => fail("internal error, a defect of the gateway: " + String(error)))
}

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) start()
else {
  const least = String(leastMajor) + "." + String(leastMinor)
  fail("Node " + process.versions.node + " is too old: " + least + " or later is needed (" + process.execPath + ")")
}
