/** How processes of the benchmark are started. */
import { join } from "node:path"
import type { Launch } from "./client.ts"

export const root = join(import.meta.dirname, "../..")
export const inBench = (file: string) => join(import.meta.dirname, file)
export const echoServer = inBench("echo-server.mjs")

/** With the state directory as the place for all that a program may keep. */
export const launchOf = (command: string, args: ReadonlyArray<string>, stateDir: string): Launch => ({
  command,
  args,
  cwd: root,
  env: {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    SENTINEL_STATE_DIR: stateDir,
    XDG_STATE_HOME: stateDir,
    XDG_DATA_HOME: stateDir,
    XDG_CONFIG_HOME: stateDir
  }
})

export const nodeLaunch = (args: ReadonlyArray<string>, stateDir: string) => launchOf(process.execPath, args, stateDir)

/** The shipped gateway, started by its launcher, which `exec`s Node: the child's process id is the gateway's. */
export const gatewayLaunch = (args: ReadonlyArray<string>, stateDir: string) =>
  launchOf("sh", [join(root, "src/sentinel.sh"), ...args], stateDir)

const limits = ["max_in_flight = 512", "max_queued = 1024"]

export const stdioBackendToml = (name: string) =>
  [
    "[[backends]]",
    `name = "${name}"`,
    'type = "stdio"',
    `command = ${JSON.stringify(process.execPath)}`,
    `args = [${JSON.stringify(echoServer)}]`,
    ...limits,
    ""
  ].join("\n")

export const httpBackendToml = (name: string, port: number) =>
  [
    "[[backends]]",
    `name = "${name}"`,
    'type = "http"',
    `url = "http://127.0.0.1:${port}/mcp"`,
    'allow_addresses = ["127.0.0.1"]',
    ...limits,
    ""
  ].join("\n")
