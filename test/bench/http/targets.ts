/** What stands between an HTTP client and a backend on stdio, or an HTTP one. */
import { join } from "node:path"
import type { Launch } from "../client.ts"
import { echoServer, gatewayLaunch, httpBackendToml, inBench, nodeLaunch, root, stdioBackendToml } from "../launches.ts"
import type { SeriesName } from "../effort.ts"
import { directStdio, type Target, type TargetName } from "../targets.ts"
import type { Workshop } from "../workshop.ts"
import type { Dialect } from "./dialect.ts"
import { startHttpClient } from "./http-client.ts"
import { freePort } from "./listening.ts"
import { seedHub } from "./mcp-hub.ts"

export type BackendKind = "stdio" | "http"

const path = "/mcp"

/** Where a server under measurement listens, and what stands behind it. */
interface Place {
  readonly port: number
  /** Of the HTTP backend; unused with a stdio one. */
  readonly backendPort: number
  readonly stateDir: string
}

interface Kind {
  readonly name: TargetName
  readonly isPeer?: boolean
  readonly without?: ReadonlyArray<SeriesName>
  readonly dialect: Dialect
  readonly launch: (place: Place) => Launch
}

const httpEcho = (port: number, stateDir: string) => nodeLaunch([inBench("http/echo-http.mjs"), String(port)], stateDir)

const httpTarget = (backend: BackendKind, kind: Kind): Target => ({
  name: kind.name,
  isPeer: kind.isPeer ?? false,
  without: kind.without ?? [],
  hasState: false,
  start: async (stateDir) => {
    const port = await freePort()
    const backendPort = await freePort()
    const hasBackend = backend === "http" && kind.name !== "direct"
    return startHttpClient({
      server: { launch: kind.launch({ port, backendPort, stateDir }), port },
      path,
      dialect: kind.dialect,
      backend: hasBackend ? { launch: httpEcho(backendPort, stateDir), port: backendPort } : undefined
    })
  }
})

const relay = (backend: BackendKind, kind: "parse" | "splice"): Kind => ({
  name: `relay-${kind}`,
  dialect: "stateless",
  launch: ({ port, backendPort, stateDir }) => {
    const behind = backend === "stdio" ? [process.execPath, echoServer] : [`http://127.0.0.1:${backendPort}/mcp`]
    return nodeLaunch([inBench("http/relay.mjs"), kind, String(port), backend, ...behind], stateDir)
  }
})

const gateway = (workshop: Workshop, backend: BackendKind, name: TargetName, dialect: Dialect): Kind => ({
  name,
  dialect,
  launch: ({ port, backendPort, stateDir }) => {
    const behind = backend === "stdio" ? stdioBackendToml("bench0") : httpBackendToml("bench0", backendPort)
    const config = workshop.write(`serve-${port}.toml`, `[gateway]\nlisten = "127.0.0.1:${port}"\n\n${behind}`)
    return gatewayLaunch(["serve", "--config", config], stateDir)
  }
})

const inPackages = (path: string) => join(root, "node_modules", path)

/** Two of the peers take bodies up to 100 KiB, the default of their web framework. */
const withoutLargeBodies: ReadonlyArray<SeriesName> = ["1MiB"]

/** One child process a session; a process for each single request otherwise. */
const supergateway: Kind = {
  name: "supergateway",
  isPeer: true,
  without: withoutLargeBodies,
  dialect: "session",
  launch: ({ port, stateDir }) => {
    const command = `${JSON.stringify(process.execPath)} ${JSON.stringify(echoServer)}`
    const options = ["--outputTransport", "streamableHttp", "--stateful", "--logLevel", "none", "--port", String(port)]
    return nodeLaunch([inPackages("supergateway/dist/index.js"), "--stdio", command, ...options], stateDir)
  }
}

const mcpProxy: Kind = {
  name: "mcp-proxy",
  isPeer: true,
  dialect: "stateless",
  launch: ({ port, stateDir }) => {
    const options = ["--host", "127.0.0.1", "--port", String(port), "--server", "stream"]
    const command = ["--", process.execPath, echoServer]
    return nodeLaunch([inPackages("mcp-proxy/dist/bin/mcp-proxy.mjs"), ...options, ...command], stateDir)
  }
}

const mcpHub = (workshop: Workshop, backend: BackendKind): Kind => ({
  name: "mcp-hub",
  isPeer: true,
  without: withoutLargeBodies,
  dialect: "events",
  launch: ({ port, backendPort, stateDir }) => {
    seedHub(stateDir)
    const behind =
      backend === "stdio"
        ? { command: process.execPath, args: [echoServer] }
        : { url: `http://127.0.0.1:${backendPort}/mcp` }
    const config = workshop.write(`hub-${port}.json`, JSON.stringify({ mcpServers: { bench0: behind } }))
    return nodeLaunch([inPackages("mcp-hub/dist/cli.js"), "--port", String(port), "--config", config], stateDir)
  }
})

/** Over HTTP straight to the echo server. */
const directHttp: Kind = {
  name: "direct",
  dialect: "stateless",
  launch: ({ port, stateDir }) => httpEcho(port, stateDir)
}

/** Of the peers only mcp-hub reaches HTTP backends: the others' commands take a stdio one alone. */
export const httpTargets = (workshop: Workshop, backend: BackendKind): ReadonlyArray<Target> => {
  const kinds: ReadonlyArray<Kind> = [
    relay(backend, "parse"),
    relay(backend, "splice"),
    gateway(workshop, backend, "gateway", "stateless"),
    gateway(workshop, backend, "gateway-sessions", "session"),
    ...(backend === "stdio" ? [supergateway, mcpProxy] : []),
    mcpHub(workshop, backend)
  ]
  const direct = backend === "stdio" ? directStdio : httpTarget(backend, directHttp)
  return [direct, ...kinds.map((kind) => httpTarget(backend, kind))]
}
