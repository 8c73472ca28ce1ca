/** What stands between a caller and the faulty server: nothing, this gateway, or what npm offers. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { isRecord, type Launch } from "../../bench/client.ts"
import { freePort } from "../../bench/http/listening.ts"
import { seedHub } from "../../bench/http/mcp-hub.ts"
import { gatewayLaunch, launchOf, nodeLaunch, root } from "../../bench/launches.ts"
import type { Workshop } from "../../bench/workshop.ts"
import type { Caller } from "./caller.ts"
import { callerAt, startHttpCaller, type HttpTarget } from "./http-caller.ts"
import { startStdioCaller } from "./stdio-caller.ts"

export const targetNames = [
  "direct",
  "sentinel stdio",
  "sentinel serve",
  "supergateway",
  "mcp-proxy",
  "mcp-hub"
] as const
export type TargetName = (typeof targetNames)[number]

export const isOurs = (name: TargetName) => name.startsWith("sentinel")

/** The server behind: over stdio by its command, over HTTP where it listens. */
export type Backend =
  | { readonly kind: "stdio"; readonly command: readonly [file: string, ...args: ReadonlyArray<string>] }
  | { readonly kind: "http"; readonly port: number }

export interface Target {
  readonly name: TargetName
  /** Before the names of the tools. */
  readonly prefix: string
  readonly start: (backend: Backend) => Promise<Caller>
}

/** What a caller waits for an answer, where it can be set, seconds. */
export const timeoutSeconds = 2

export const health = { intervalSeconds: 1, timeoutSeconds: 1, misses: 2 } as const

const mebibyte = 1_048_576
export const frameMebibytes = 4

const quoted = (text: string) => JSON.stringify(text)

const sentinelToml = (backend: Backend): string => {
  const [command = "", ...args] = backend.kind === "stdio" ? backend.command : []
  const reached =
    backend.kind === "stdio"
      ? ['type = "stdio"', `command = ${quoted(command)}`, `args = [${args.map(quoted).join(", ")}]`]
      : ['type = "http"', `url = "http://127.0.0.1:${backend.port}/mcp"`, 'allow_addresses = ["127.0.0.1"]']
  return [
    "[[backends]]",
    'name = "faulty"',
    ...reached,
    `timeout_secs = ${timeoutSeconds}`,
    `health_interval_secs = ${health.intervalSeconds}`,
    `health_timeout_secs = ${health.timeoutSeconds}`,
    `health_misses = ${health.misses}`,
    `max_frame_bytes = ${frameMebibytes * mebibyte}`,
    ""
  ].join("\n")
}

type HttpKind = HttpTarget["dialect"]

const overHttp = async (dialect: HttpKind, launch: (port: number) => Launch): Promise<Caller> => {
  const port = await freePort()
  return startHttpCaller({ server: { launch: launch(port), port }, dialect })
}

const inPackages = (path: string) => join(root, "node_modules", path)

const direct: Target["start"] = async (backend) => {
  if (backend.kind === "http") return callerAt(backend.port, "session")
  const [file, ...args] = backend.command
  return startStdioCaller(launchOf(file, args, ""))
}

const supergateway = (workshop: Workshop): Target["start"] => {
  const script = inPackages("supergateway/dist/index.js")
  const quiet = ["--logLevel", "none"]
  return async (backend) => {
    const stateDir = workshop.freshStateDir()
    if (backend.kind === "http") {
      const url = `http://127.0.0.1:${backend.port}/mcp`
      return startStdioCaller(nodeLaunch([script, "--streamableHttp", url, ...quiet], stateDir))
    }
    const command = backend.command.map(quoted).join(" ")
    const options = ["--outputTransport", "streamableHttp", "--stateful", ...quiet]
    return overHttp("session", (port) =>
      nodeLaunch([script, "--stdio", command, ...options, "--port", String(port)], stateDir)
    )
  }
}

const mcpProxy =
  (workshop: Workshop): Target["start"] =>
  (backend) => {
    if (backend.kind === "http") throw new Error("mcp-proxy starts stdio servers only")
    const options = ["--host", "127.0.0.1", "--server", "stream", "--requestTimeout", String(timeoutSeconds * 1_000)]
    const script = inPackages("mcp-proxy/dist/bin/mcp-proxy.mjs")
    return overHttp("session", (port) =>
      nodeLaunch([script, ...options, "--port", String(port), "--", ...backend.command], workshop.freshStateDir())
    )
  }

const mcpHub =
  (workshop: Workshop): Target["start"] =>
  (backend) =>
    overHttp("events", (port) => {
      const stateDir = workshop.freshStateDir()
      seedHub(stateDir)
      const [command, ...args] = backend.kind === "stdio" ? backend.command : []
      const faulty = backend.kind === "stdio" ? { command, args } : { url: `http://127.0.0.1:${backend.port}/mcp` }
      const config = workshop.write(`hub-${port}.json`, JSON.stringify({ mcpServers: { faulty } }))
      return nodeLaunch([inPackages("mcp-hub/dist/cli.js"), "--port", String(port), "--config", config], stateDir)
    })

/** All that can stand before a backend of that kind. */
export const targetsFor = (kind: Backend["kind"], workshop: Workshop): ReadonlyArray<Target> => {
  const stdio: Target["start"] = async (backend) => {
    const stateDir = workshop.freshStateDir()
    const config = workshop.write(`${Date.now()}-${Math.random()}.toml`, sentinelToml(backend))
    return startStdioCaller(gatewayLaunch(["stdio", "--config", config], stateDir))
  }
  const serve: Target["start"] = (backend) =>
    overHttp("session", (port) => {
      const toml = `[gateway]\nlisten = "127.0.0.1:${port}"\n\n${sentinelToml(backend)}`
      const config = workshop.write(`serve-${port}.toml`, toml)
      return gatewayLaunch(["serve", "--config", config], workshop.freshStateDir())
    })
  const proxy: ReadonlyArray<Target> =
    kind === "stdio" ? [{ name: "mcp-proxy", prefix: "", start: mcpProxy(workshop) }] : []
  return [
    { name: "direct", prefix: "", start: direct },
    { name: "sentinel stdio", prefix: "faulty__", start: stdio },
    { name: "sentinel serve", prefix: "faulty__", start: serve },
    { name: "supergateway", prefix: "", start: supergateway(workshop) },
    ...proxy,
    { name: "mcp-hub", prefix: "faulty__", start: mcpHub(workshop) }
  ]
}

export const peerNames = ["supergateway", "mcp-proxy", "mcp-hub"] as const

/** As installed. */
export const versionOf = (name: string): string => {
  const manifest: unknown = JSON.parse(readFileSync(inPackages(`${name}/package.json`), "utf8"))
  return isRecord(manifest) ? String(manifest["version"]) : "unknown"
}
