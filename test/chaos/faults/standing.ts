/** A target that runs, with the faulty server behind it. */
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { isRecord } from "../../bench/client.ts"
import { freePort } from "../../bench/http/listening.ts"
import { startServers, type Servers } from "../../bench/http/servers.ts"
import { nodeLaunch } from "../../bench/launches.ts"
import type { Workshop } from "../../bench/workshop.ts"
import type { Arrived } from "./answer.ts"
import type { Caller } from "./caller.ts"
import type { Fault } from "./faults.ts"
import { closeStage, openStage, type Stage } from "./stage.ts"
import type { Backend, Target } from "./targets.ts"

export interface Standing {
  readonly target: Target
  readonly caller: Caller
  readonly stage: Stage
  /** Of the server over HTTP; 0 without one. */
  readonly backendPid: () => number
  readonly restart: () => Promise<void>
  /** Ends all; answers with the number of processes that outlived their target and had to be killed. */
  readonly close: () => Promise<number>
}

const openMillis = 10_000
const listPollMillis = 20

const nothing = (withinMillis: number): Arrived => ({ answer: { _tag: "Nothing", withinMillis }, at: Number.NaN })

/** What comes in time, or that nothing came. */
export const within = (asked: Promise<Arrived>, millis: number): Promise<Arrived> =>
  Promise.race([asked, sleep(millis, nothing(millis), { ref: false })])

const namesIn = ({ answer }: Arrived): ReadonlyArray<string> => {
  if (answer._tag !== "Result" || !isRecord(answer.value) || !Array.isArray(answer.value["tools"])) return []
  const tools: ReadonlyArray<unknown> = answer.value["tools"]
  return tools.map((tool) => (isRecord(tool) ? String(tool["name"]) : ""))
}

/** When `tools/list` names the tool; `undefined`: not within the bound. */
export const untilListed = async (caller: Caller, name: string, millis: number): Promise<number | undefined> => {
  const until = performance.now() + millis
  while (performance.now() < until) {
    const listed = await within(caller.ask("tools/list", {}), millis)
    if (namesIn(listed).includes(name)) return listed.at
    await sleep(listPollMillis)
  }
  return undefined
}

const httpServer = join(import.meta.dirname, "http-server.mjs")

const startBackend = async (stage: Stage) => {
  const port = await freePort()
  const launch = nodeLaunch([httpServer, stage.folder, String(port)], stage.folder)
  const all: Array<Servers> = []
  const restart = async () => void all.push(await startServers([{ launch, port }]))
  await restart()
  const end = async () => {
    for (const servers of all) await servers.end()
  }
  return { port, restart, pid: () => all.at(-1)?.pid ?? 0, end }
}

/** Starts the target before a fresh server, and waits until it lists what the server offers. */
export const stand = async (target: Target, fault: Fault, workshop: Workshop): Promise<Standing> => {
  const stage = openStage(join(workshop.freshStateDir(), "stage"), fault.absent === true)
  const http = fault.backend === "http" ? await startBackend(stage) : undefined
  const backend: Backend =
    http === undefined ? { kind: "stdio", command: stage.command } : { kind: "http", port: http.port }
  const end = async (left: number) => {
    await http?.end()
    return left + (await closeStage(stage))
  }
  const caller = await target.start(backend).catch(async (cause: unknown) => {
    await end(0)
    throw cause
  })
  const close = async () => end(await caller.close())
  const standing: Standing = {
    target,
    caller,
    stage,
    backendPid: http?.pid ?? (() => 0),
    restart: http?.restart ?? (() => Promise.resolve()),
    close
  }
  if (fault.absent === true) return standing
  const opened = await within(caller.open(), openMillis)
  if (
    opened.answer._tag === "Result" &&
    (await untilListed(caller, `${target.prefix}echo`, openMillis)) !== undefined
  ) {
    return standing
  }
  await close()
  throw new Error(`${target.name} did not list the tools: ${JSON.stringify(opened.answer)}`)
}
