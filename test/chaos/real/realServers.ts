/** Real servers from npm, each killed in the middle of a call and while idle: the caller hears at once, the next call works. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { JsonObject } from "../../../src/domain/Json.ts"
import { freePort } from "../../bench/http/listening.ts"
import { startServers, type Servers } from "../../bench/http/servers.ts"
import { launchOf, root } from "../../bench/launches.ts"
import { median } from "../../bench/statistics.ts"
import type { Arena } from "./arena.ts"
import { npmBackend, unrulyBackend } from "./backends.ts"
import type { Ending } from "./endings.ts"
import type { Findings } from "./findings.ts"
import { openStdioGateway, type OpenStdioGateway } from "./gateways.ts"
import type { Scenario } from "./scenario.ts"
import { backendPid, signalTo, until } from "./slots.ts"

/** A call that each server answers, whatever was before. */
const calls: Readonly<Record<string, readonly [tool: string, args: JsonObject]>> = {
  everything: ["everything__echo", { message: "still here" }],
  filesystem: ["filesystem__list_allowed_directories", {}],
  memory: ["memory__read_graph", {}],
  "sequential-thinking": [
    "sequential-thinking__sequentialthinking",
    { thought: "still here", thoughtNumber: 1, totalThoughts: 1, nextThoughtNeeded: false }
  ]
}
const realNames = Object.keys(calls)
/** More than one, because the time of a single kill says little. */
const smallNames = ["small1", "small2", "small3"]

/** From SIGKILL to the error at the caller, of a small server. */
const errorMillis = 50
/** From SIGKILL to the answer to the next call, of a small server, with the restart delay of 0.5 s +- 20 %. */
const nextMillis = 1_000
/** The same of a server that takes its time to start, or whose restart delay has doubled. */
const patientMillis = 8_000

/** By then the gateway knows of a death. */
const newsMillis = 250

type Call = (backend: string) => Promise<Ending>

const caller =
  ({ call }: OpenStdioGateway): Call =>
  (backend) => {
    const [tool, args] = calls[backend] ?? [`${backend}__echo`, { text: "still here" }]
    return call(tool, args)
  }

/** Starts what is killed, over HTTP. */
const startEverything = (arena: Arena, port: number): Promise<Servers> => {
  const launch = launchOf(join(root, "node_modules/.bin/mcp-server-everything"), ["streamableHttp"], arena.directory)
  return startServers([{ launch: arena.here({ ...launch, env: { ...launch.env, PORT: String(port) } }), port }])
}

/** A field of proc_net_tcp(5): bytes that a process has not read, of the connections to a port of its own. */
const bytesWaitAt = (port: number): boolean => {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const rows = ["tcp", "tcp6"].flatMap((table) => readFileSync(`/proc/net/${table}`, "latin1").split("\n").slice(1))
  return rows.some((row) => {
    const [, address = "", , state, queues = ""] = row.trim().split(/\s+/)
    return address.endsWith(local) && state === established && Number.parseInt(queues.split(":")[1] ?? "0", 16) > 0
  })
}

const established = "01"

interface Killed {
  readonly errorMillis: number
  readonly nextMillis: number
}

/**
 * The process is stopped first, so that the call is surely under way when it is killed. `after` is done when the caller
 * has heard of it, before the next call.
 */
const killAmidCall = async (
  name: string,
  pid: number,
  call: Call,
  { after, isUnderWay }: { readonly after?: () => Promise<unknown>; readonly isUnderWay: () => Promise<unknown> },
  findings: Findings
): Promise<Killed> => {
  signalTo(pid, "SIGSTOP")
  const underWay = call(name)
  underWay.catch(() => undefined)
  await isUnderWay()
  signalTo(pid, "SIGKILL")
  const killedAt = performance.now()
  const lost = await underWay
  const heardMillis = performance.now() - killedAt
  findings.check(
    lost.code === -31005 && lost.certainty === "unknown",
    `${name}, killed amid a call: it ended as ${lost.certainty} ${lost.message}`
  )
  await after?.()
  const next = await call(name)
  findings.check(next.certainty === "completed", `${name}, killed amid a call: the next one ended as ${next.message}`)
  return { errorMillis: heardMillis, nextMillis: performance.now() - killedAt }
}

const killWhileIdle = async (name: string, gateway: number, call: Call, findings: Findings) => {
  const pid = backendPid(gateway, name)
  if (pid === undefined) throw new Error(`${name} does not run`)
  signalTo(pid, "SIGKILL")
  const killedAt = performance.now()
  await until(`the end of ${name}`, () => backendPid(gateway, name) !== pid, patientMillis)
  let next = await call(name)
  // Sent between the death and the news of it.
  while (next.code === -31005 && performance.now() - killedAt < newsMillis) next = await call(name)
  findings.check(next.certainty === "completed", `${name}, killed while idle: the next call ended as ${next.message}`)
  findings.atMost(`${name}, idle: next answer after ms`, performance.now() - killedAt, patientMillis)
}

const stdioServers = async (opened: OpenStdioGateway, findings: Findings) => {
  const call = caller(opened)
  const { pid: gateway } = opened.gateway.client
  const kill = async (name: string): Promise<Killed> => {
    const pid = backendPid(gateway, name)
    if (pid === undefined) throw new Error(`${name} does not run`)
    return killAmidCall(name, pid, call, { isUnderWay: opened.passedOn }, findings)
  }
  const small: Array<Killed> = []
  for (const name of smallNames) small.push(await kill(name))
  findings.atMost("small: error after ms", median(small.map((each) => each.errorMillis)), errorMillis)
  findings.atMost("small: next answer after ms", median(small.map((each) => each.nextMillis)), nextMillis)
  for (const name of realNames) {
    const killed = await kill(name)
    findings.fact(`${name}: error after ms`, killed.errorMillis)
    findings.atMost(`${name}: next answer after ms`, killed.nextMillis, patientMillis)
  }
  await Promise.all(realNames.map((name) => killWhileIdle(name, gateway, call, findings)))
}

const httpServer = async (arena: Arena, opened: OpenStdioGateway, port: number, first: Servers, findings: Findings) => {
  const call: Call = () => opened.call("far__echo", { message: "still here" })
  const isUnderWay = () => until("the call to reach the server", () => bytesWaitAt(port), patientMillis)
  let servers = first
  const again = async () => {
    // Until it is gone for good its port seems to be served.
    const isGone = () => servers.children.every(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)
    await until("the end of the server", isGone, patientMillis)
    servers = await startEverything(arena, port)
  }
  try {
    const killed = await killAmidCall("far", servers.pid, call, { isUnderWay, after: again }, findings)
    findings.fact("everything over HTTP: error after ms", killed.errorMillis)
    findings.atMost("everything over HTTP: next answer after ms", killed.nextMillis, patientMillis)
    signalTo(servers.pid, "SIGKILL")
    await again()
    const idle = await call("far")
    findings.check(
      idle.certainty === "completed",
      `over HTTP, killed while idle: the next call ended as ${idle.message}`
    )
  } finally {
    await servers.end()
  }
}

export const realServers: Scenario = {
  name: "realServers",
  boundMillis: 60_000,
  run: async ({ arena, findings }) => {
    const port = await freePort()
    const first = await startEverything(arena, port)
    const memory = { env: { ...arena.env, MEMORY_FILE_PATH: join(arena.directory, "memory.json") } }
    await using opened = await openStdioGateway(arena, [
      ...smallNames.map((name) => unrulyBackend(arena, name)),
      npmBackend(arena, "everything"),
      npmBackend(arena, "filesystem", [arena.directory]),
      npmBackend(arena, "memory", [], memory),
      npmBackend(arena, "sequential-thinking"),
      { name: "far", type: "http", url: `http://127.0.0.1:${port}/mcp` }
    ])
    await stdioServers(opened, findings)
    await httpServer(arena, opened, port, first, findings)
    findings.check(opened.strays() === 0, "a reply came that answers no call")
  }
}
