/**
 * Many callers, several backends, one of them killed every second and another now and then: each call has one outcome,
 * what callers are told is true, nobody else notices, and nothing grows.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { openInspector } from "../../bench/http/inspector.ts"
import { freePort } from "../../bench/http/listening.ts"
import { startServers } from "../../bench/http/servers.ts"
import { launchOf, root } from "../../bench/launches.ts"
import { median, quantile } from "../../bench/statistics.ts"
import { gatewayConfig } from "../../fixtures/gateway.ts"
import { objectIn, textIn } from "../../fixtures/envelope.ts"
import { journalOf } from "../../fixtures/httpBackend.ts"
import type { Arena } from "./arena.ts"
import { journalIn, npmBackend, tireless, unrulyBackend } from "./backends.ts"
import { echoTurn, keepCalling, type Turn } from "./callers.ts"
import type { Findings } from "./findings.ts"
import { Ledger, type Ended } from "./ledger.ts"
import type { Scenario, Stage } from "./scenario.ts"
import { killEverySecond, Phoenix } from "./storm.ts"
import { gatherCallers, type StormClients } from "./stormClients.ts"
import { judgeFlat, watchVitals } from "./vitals.ts"

/** Of eight callers three call the backend that is killed every second, one the other victim, four everybody else. */
const shares = ["victim", "others", "far", "others", "victim", "others", "victim", "others"] as const
const workMillis = 5
const pauseMillis = 15

const farPeriodMillis = 5_000
const farAwayMillis = 200

/** A call's deadline at the gateway: far more than a restart takes. */
const timeoutSecs = 20

/** A delay of up to 1.2 s and a start, more than once, because a start may be killed as well. */
const backMillis = 10_000

/** Garbage collected, the heap may grow by this much between two thirds and the end of the storm. */
const heapMarginMiB = 1

const journalsIn = (arena: Arena) => ({
  victim: join(arena.directory, "victim.journal"),
  far: join(arena.directory, "far.journal")
})

/** Besides the two victims: one small server, three from npm over stdio, one from npm over HTTP. */
const tables = (arena: Arena, farPort: number, webPort: number) => [
  unrulyBackend(arena, "victim", { ...tireless, timeout_secs: timeoutSecs }, ["--journal", journalsIn(arena).victim]),
  { name: "far", type: "http", url: `http://127.0.0.1:${farPort}/mcp`, ...tireless, timeout_secs: timeoutSecs },
  unrulyBackend(arena, "small"),
  npmBackend(arena, "everything"),
  npmBackend(arena, "filesystem", [arena.directory]),
  npmBackend(arena, "memory", [], { env: { ...arena.env, MEMORY_FILE_PATH: join(arena.directory, "memory.json") } }),
  { name: "web", type: "http", url: `http://127.0.0.1:${webPort}/mcp` }
]

const othersTurn = (ledger: Ledger, text: string, n: number): Turn => {
  const turns: ReadonlyArray<Turn> = [
    echoTurn(ledger, "small", text, { ms: workMillis }),
    { ledger, text, tool: "everything__echo", args: { message: text }, echoes: true },
    { ledger, text, tool: "filesystem__list_allowed_directories", args: {}, echoes: false },
    { ledger, text, tool: "web__echo", args: { message: text }, echoes: true },
    { ledger, text, tool: "memory__read_graph", args: {}, echoes: false }
  ]
  return turns[n % turns.length] ?? echoTurn(ledger, "small", text)
}

interface Ledgers {
  readonly victim: Ledger
  readonly far: Ledger
  readonly others: Ledger
}

const turnOf = (ledgers: Ledgers, caller: number) => {
  const share = shares[caller % shares.length] ?? "others"
  return (n: number): Turn => {
    const text = `${share}-${caller}-${n}`
    switch (share) {
      case "victim":
        return echoTurn(ledgers.victim, "victim", text, { ms: workMillis })
      case "far":
        return { ...echoTurn(ledgers.far, "far", text, { ms: workMillis }), tool: "far__echo-later" }
      case "others":
        return othersTurn(ledgers.others, text, n + caller)
    }
  }
}

/** From each kill to the answer of the first call begun after it, and to each error before the next kill. */
const judgeRecovery = (kills: ReadonlyArray<number>, victim: Ledger, findings: Findings) => {
  const ended = [...victim.ended.values()]
  const isAnswered = ({ certainty }: Ended) => certainty === "completed"
  const answered = ended.filter(isAnswered).toSorted((one, other) => one.endedAt - other.endedAt)
  const back = kills.flatMap((at) => {
    const first = answered.find(({ begunAt }) => begunAt > at)
    return first === undefined ? [] : [first.endedAt - at]
  })
  const lost = ended.filter(({ certainty }) => certainty === "unknown")
  const errors = lost.map(({ endedAt }) => endedAt - Math.max(...kills.filter((at) => at < endedAt)))
  findings.fact("kills", kills.length)
  findings.fact("kill to error, median ms", median(errors))
  findings.fact("kill to error, longest ms", Math.max(...errors))
  findings.fact("kill to next answer, median ms", median(back))
  findings.atMost("kill to next answer, longest ms", Math.max(...back), backMillis)
  // The last ones may fall together with the end of the load.
  findings.check(
    back.length > 0 && back.length >= kills.length - 2,
    `${kills.length - back.length} kills had no answer after them`
  )
}

const judgeLog = (log: string, findings: Findings) => {
  const lines = readFileSync(log, "utf8").split("\n")
  const broken = lines.filter((line) => /level=(ERROR|FATAL)|defect/i.test(line))
  findings.check(broken.length === 0, `the gateway's log has ${broken.length} errors, such as ${broken[0]}`)
}

/** Load, kills and looks, for so many seconds. Answers when the victim was killed. */
const rage = async (clients: StormClients, ledgers: Ledgers, phoenix: Phoenix, inspectorPort: number, stage: Stage) => {
  const { findings, seconds } = stage
  const over = new AbortController()
  const { usedHeapBytes } = await openInspector(inspectorPort)
  const heapMiB = async () => (await usedHeapBytes()) / 2 ** 20
  using vitals = watchVitals(clients.pid)
  const calling = Promise.all(
    clients.asks.map((ask, caller) => keepCalling(ask, turnOf(ledgers, caller), { over: over.signal, pauseMillis }))
  )
  const killing = killEverySecond(clients.pid, "victim", over.signal)
  const dying = phoenix.dieEvery(farPeriodMillis, farAwayMillis, over.signal)
  const looking = async () => {
    await sleep((seconds * 1_000 * 2) / 3)
    const before = await heapMiB()
    await sleep((seconds * 1_000) / 3)
    findings.fact("heap MiB after two thirds", before)
    findings.atMost("heap MiB at the end", await heapMiB(), before + heapMarginMiB)
  }
  // The callers end by themselves only by what is wrong.
  await Promise.race([looking(), calling]).finally(() => over.abort())
  const [kills] = await Promise.all([killing, dying, calling])
  judgeFlat(vitals.looks, findings)
  return kills
}

const inTheStorm = async (stage: Stage, phoenix: Phoenix, webPort: number) => {
  const { arena, findings, seconds } = stage
  const config = join(arena.directory, "sentinel.toml")
  writeFileSync(config, gatewayConfig({ backends: tables(arena, phoenix.port, webPort) }), { mode: 0o600 })
  const [port, inspectorPort] = [await freePort(), await freePort()]
  const log = join(arena.directory, "gateway.log")
  const place = { arena, config, stateDir: arena.folder("state"), port, inspectorPort, log }
  const clients = await gatherCallers(place)
  const ledgers = { victim: new Ledger("victim"), far: new Ledger("far"), others: new Ledger("others") }
  let kills: ReadonlyArray<number> = []
  try {
    kills = await rage(clients, ledgers, phoenix, inspectorPort, stage)
  } finally {
    await clients.close(findings)
  }
  const journals = journalsIn(arena)
  const farTexts = journalOf(journals.far).map((call) =>
    textIn(objectIn(objectIn(call, "params"), "arguments"), "text", "")
  )
  ledgers.victim.judgeAgainst(journalIn(journals.victim), findings)
  ledgers.far.judgeAgainst(farTexts, findings)
  ledgers.others.judgeUnharmed(findings)
  judgeRecovery(kills, ledgers.victim, findings)
  judgeLog(log, findings)
  findings.fact("far: lives", phoenix.lives)
  const millis = ledgers.others.millis()
  findings.fact("others: median ms", median(millis))
  findings.fact("others: p99 ms", quantile(millis, 0.99))
  findings.check(kills.length >= Math.floor(seconds / 2), `there were ${kills.length} kills in ${seconds} s`)
}

export const killStorm: Scenario = {
  name: "killStorm",
  boundMillis: 60_000,
  run: async (stage) => {
    const { arena } = stage
    const webPort = await freePort()
    const launch = launchOf(join(root, "node_modules/.bin/mcp-server-everything"), ["streamableHttp"], arena.directory)
    const env = { ...launch.env, PORT: String(webPort) }
    const web = await startServers([{ launch: arena.here({ ...launch, env }), port: webPort }])
    try {
      await using phoenix = await Phoenix.start(["--journal", journalsIn(arena).far])
      await inTheStorm(stage, phoenix, webPort)
    } finally {
      await web.end()
    }
  }
}
