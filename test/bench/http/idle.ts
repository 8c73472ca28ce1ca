/** `npm run bench -- --idle`: what clients that only wait cost the gateway, and what is left when they have gone. */
import { readdirSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { gatewayLaunch, stdioBackendToml } from "../launches.ts"
import { residentMemoryOf } from "../process-cost.ts"
import { machineOf, writeReport } from "../report.ts"
import type { Workshop } from "../workshop.ts"
import { gather } from "./crowd.ts"
import { openInspector } from "./inspector.ts"
import { freePort } from "./listening.ts"
import { startServers } from "./servers.ts"

export interface Idle {
  /** Of the stateful era, each with a GET stream. */
  readonly sessions: number
  /** `subscriptions/listen` of the stateless era. */
  readonly listeners: number
  /** The crowd comes and goes so often: what a leak leaves behind grows each time. */
  readonly crowds: number
}

export const fullIdle: Idle = { sessions: 1_000, listeners: 200, crowds: 3 }
export const quickIdle: Idle = { sessions: 100, listeners: 20, crowds: 2 }

/** How long the gateway keeps a session that nobody uses, in this measurement. */
const sessionIdleSeconds = 3
/** The gateway looks for such sessions once in this time. */
const keepAliveSeconds = 1
/** After that, until what has ended is gone. */
const settleMillis = 2_500
/** How long the crowd just waits; several keep-alives go out. */
const heldMillis = 3_000

/** A crowd may leave so much more behind than the one before it: compiled code, and room for the next one. */
const heapMarginMiB = 0.5
const residentMarginMiB = 8

/** After a collection of garbage. */
interface Cost {
  readonly descriptors: number
  readonly rssMiB: number
  /** JavaScript heap in use. */
  readonly heapMiB: number
}

interface Passage {
  readonly held: Cost
  /** At once after all connections have been closed; half of the sessions were ended by DELETE, half just left. */
  readonly gone: Cost
  /** When the sessions that were just left have timed out. */
  readonly after: Cost
  /** Sessions that were just left and are still there all the same. */
  readonly lingering: number
}

const pass = async (port: number, idle: Idle, cost: () => Promise<Cost>): Promise<Passage> => {
  const crowd = await gather(port, idle)
  await sleep(heldMillis)
  const held = await cost()
  await crowd.leave()
  const gone = await cost()
  await sleep(sessionIdleSeconds * 1_000 + settleMillis)
  return { held, gone, lingering: await crowd.lingering(), after: await cost() }
}

const line = (label: string, { descriptors, heapMiB, rssMiB }: Cost) =>
  `${label.padEnd(14)}${String(descriptors).padStart(6)} descriptors` +
  `${rssMiB.toFixed(1).padStart(8)} MiB resident${heapMiB.toFixed(2).padStart(8)} MiB heap`

/** Whether the crowds left nothing behind. */
const report = (idle: Idle, before: Cost, passages: ReadonlyArray<Passage>): boolean => {
  const clients = idle.sessions + idle.listeners
  const each = ({ held }: Passage) => (((held.heapMiB - before.heapMiB) * 1_024) / clients).toFixed(1)
  console.log(
    `${idle.sessions} sessions, each with a GET stream, and ${idle.listeners} listen streams; garbage collected`
  )
  console.log(line("before", before))
  for (const [index, passage] of passages.entries()) {
    console.log(`${line(`crowd ${index + 1}: held`, passage.held)} (${each(passage)} KiB a client)`)
    console.log(line("         gone", passage.gone))
    console.log(line("         after", passage.after))
  }
  const last = passages.at(-1)?.after ?? before
  const previous = passages.at(-2)?.after ?? before
  const heapGrowth = last.heapMiB - previous.heapMiB
  const residentGrowth = last.rssMiB - previous.rssMiB
  const lingering = passages.reduce((sum, passage) => sum + passage.lingering, 0)
  const verdicts: ReadonlyArray<readonly [passed: boolean, what: string]> = [
    [last.descriptors === before.descriptors, `descriptors, ${before.descriptors} before: ${last.descriptors}`],
    [
      heapGrowth <= heapMarginMiB,
      `heap left by the last crowd, at most ${heapMarginMiB} MiB: ${heapGrowth.toFixed(2)}`
    ],
    [
      residentGrowth <= residentMarginMiB,
      `resident left by the last crowd, at most ${residentMarginMiB} MiB: ${residentGrowth.toFixed(1)}`
    ],
    [lingering === 0, `sessions that outlived their time: ${lingering}`]
  ]
  for (const [passed, what] of verdicts) console.log(`${passed ? "pass" : "MISS"}  ${what}`)
  console.log(writeReport("idle-", { machine: machineOf(), idle, before, passages }))
  return verdicts.every(([passed]) => passed)
}

export const measureIdle = async (idle: Idle, workshop: Workshop): Promise<boolean> => {
  const port = await freePort()
  const inspectorPort = await freePort()
  const times = `http_session_idle_secs = ${sessionIdleSeconds}\nkeep_alive_secs = ${keepAliveSeconds}`
  const gateway = `[gateway]\nlisten = "127.0.0.1:${port}"\n${times}\n\n`
  const config = workshop.write("idle.toml", gateway + stdioBackendToml("bench0"))
  const launch = gatewayLaunch(["serve", "--config", config], workshop.freshStateDir())
  const env = { ...launch.env, NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}` }
  const servers = await startServers([{ launch: { ...launch, env }, port }])
  try {
    const { usedHeapBytes } = await openInspector(inspectorPort)
    const cost = async (): Promise<Cost> => {
      const heapMiB = (await usedHeapBytes()) / 2 ** 20
      const descriptors = readdirSync(`/proc/${servers.pid}/fd`).length
      return { descriptors, heapMiB, rssMiB: residentMemoryOf(servers.pid).rssMiB }
    }
    // Everything has run once before anything is counted.
    await pass(port, { ...idle, sessions: 20, listeners: 5 }, cost)
    const before = await cost()
    const passages: Array<Passage> = []
    for (let crowd = 0; crowd < idle.crowds; crowd++) passages.push(await pass(port, idle, cost))
    return report(idle, before, passages)
  } finally {
    await servers.end()
  }
}
