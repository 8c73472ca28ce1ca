/** What is measured side by side: each stands between the same client and the same echo server. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Launch } from "./raw-client.ts"

export const targetNames = ["direct", "relay-parse", "relay-splice", "sdk", "gateway"] as const
export type TargetName = (typeof targetNames)[number]

export interface Target {
  readonly name: TargetName
  /** Whether it keeps anything between two starts: only then do cold and cached starts differ. */
  readonly hasState: boolean
  readonly launch: (stateDir: string) => Launch
}

const root = join(import.meta.dirname, "../..")
const inBench = (file: string) => join(import.meta.dirname, file)
const echoServer = inBench("echo-server.mjs")

const launchOf = (command: string, args: ReadonlyArray<string>, stateDir: string): Launch => ({
  command,
  args,
  cwd: root,
  env: { PATH: process.env["PATH"], HOME: process.env["HOME"], SENTINEL_STATE_DIR: stateDir }
})

const inFrontOfEcho = (name: TargetName, file: string): Target => ({
  name,
  hasState: false,
  launch: (stateDir) => launchOf(process.execPath, [inBench(file), process.execPath, echoServer], stateDir)
})

/** Configuration of a gateway in front of that many echo servers, bench0, bench1 and so on. */
const gatewayToml = (backends: number) =>
  Array.from({ length: backends }, (_, index) =>
    [
      "[[backends]]",
      `name = "bench${index}"`,
      'type = "stdio"',
      `command = ${JSON.stringify(process.execPath)}`,
      `args = [${JSON.stringify(echoServer)}]`,
      "max_in_flight = 512",
      "max_queued = 1024",
      ""
    ].join("\n")
  ).join("\n")

/** The shipped gateway, started by its launcher, which `exec`s Node: the child's process id is the gateway's. */
export const gatewayTarget = (workshop: Workshop, backends: number): Target => ({
  name: "gateway",
  hasState: true,
  launch: (stateDir) => {
    const config = workshop.write(`gateway-${backends}.toml`, gatewayToml(backends))
    return launchOf("sh", [join(root, "src/sentinel.sh"), "stdio", "--config", config], stateDir)
  }
})

export const targetOf = (name: TargetName, workshop: Workshop): Target => {
  switch (name) {
    case "direct":
      return { name, hasState: false, launch: (stateDir) => launchOf(process.execPath, [echoServer], stateDir) }
    case "relay-parse":
      return inFrontOfEcho(name, "relay-parse.mjs")
    case "relay-splice":
      return inFrontOfEcho(name, "relay-splice.mjs")
    case "sdk":
      return inFrontOfEcho(name, "sdk-proxy.mjs")
    case "gateway":
      return gatewayTarget(workshop, 1)
  }
}

/** A temporary folder for configurations and state directories; gone when it is disposed of, or when this process ends. */
export interface Workshop extends Disposable {
  readonly write: (file: string, text: string) => string
  readonly freshStateDir: () => string
}

export const openWorkshop = (): Workshop => {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-bench-"))
  let states = 0
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once("exit", remove) // also when interrupted
  return {
    write: (file, text) => {
      const path = join(folder, file)
      writeFileSync(path, text)
      return path
    },
    freshStateDir: () => {
      const path = join(folder, `state-${++states}`)
      mkdirSync(path, { mode: 0o700 })
      return path
    },
    [Symbol.dispose]: remove
  }
}
