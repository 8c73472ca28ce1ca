/** What is measured side by side: each stands between the same client and the same echo server. */
import type { RawClient } from "./client.ts"
import type { SeriesName } from "./effort.ts"
import { echoServer, gatewayLaunch, inBench, nodeLaunch, stdioBackendToml } from "./launches.ts"
import { startClient } from "./raw-client.ts"
import type { Workshop } from "./workshop.ts"

export const targetNames = [
  "direct",
  "relay-parse",
  "relay-splice",
  "sdk",
  "gateway",
  "gateway-sessions",
  "supergateway",
  "mcp-proxy",
  "mcp-hub"
] as const
export type TargetName = (typeof targetNames)[number]

export interface Target {
  readonly name: TargetName
  /** Whether it keeps anything between two starts: only then do cold and cached starts differ. */
  readonly hasState: boolean
  /** Another gateway, for comparison: measured in the first round only, and with fewer calls, because it is slow. */
  readonly isPeer: boolean
  /** What it cannot do at all, such as bodies over its own limit. */
  readonly without: ReadonlyArray<SeriesName>
  readonly start: (stateDir: string) => Promise<RawClient>
}

const stdioTarget = (name: TargetName, args: ReadonlyArray<string>): Target => ({
  name,
  hasState: false,
  isPeer: false,
  without: [],
  start: async (stateDir) => startClient(nodeLaunch(args, stateDir))
})

/** The client straight to the echo server, over stdio. */
export const directStdio = stdioTarget("direct", [echoServer])

const inFrontOfEcho = (name: TargetName, file: string) =>
  stdioTarget(name, [inBench(file), process.execPath, echoServer])

/** The gateway on stdio in front of that many echo servers, bench0, bench1 and so on. */
export const gatewayTarget = (workshop: Workshop, backends: number): Target => ({
  name: "gateway",
  hasState: true,
  isPeer: false,
  without: [],
  start: async (stateDir) => {
    const toml = Array.from({ length: backends }, (_, index) => stdioBackendToml(`bench${index}`)).join("\n")
    const config = workshop.write(`gateway-${backends}.toml`, toml)
    return startClient(gatewayLaunch(["stdio", "--config", config], stateDir))
  }
})

/** Between a client and a backend that both speak stdio. */
export const stdioTargets = (workshop: Workshop): ReadonlyArray<Target> => [
  directStdio,
  inFrontOfEcho("relay-parse", "relay-parse.mjs"),
  inFrontOfEcho("relay-splice", "relay-splice.mjs"),
  inFrontOfEcho("sdk", "sdk-proxy.mjs"),
  gatewayTarget(workshop, 1)
]
