/** Backends that fill the machine with processes, a bounded number: none of them outlives its backend. */
import { tireless, unrulyBackend } from "./backends.ts"
import { besideCallsTo } from "./bystander.ts"
import { hasText } from "./endings.ts"
import { openGateway, type OpenGateway } from "./gateways.ts"
import type { Scenario, Stage } from "./scenario.ts"
import { healthMillis } from "./stopCont.ts"
import { processesOf, signalTo, until } from "./slots.ts"

/** Far below any limit of a user; the server itself has a bound as well. */
const crowd = 200
/** How many of them have left group and session, and have no living parent. */
const apart = 60
/** How often the one that runs away has moved on when it ends by itself: more than two seconds. */
const moves = 200

/** Stdin closed, SIGTERM after 2 s, SIGKILL after 2 s more, then the looks of the reaper. */
const stopMillis = 5_500
/** It forks and dies: when the next one answers nothing of it is left. */
const exits = async ({ call, pidOf }: OpenGateway, { arena, findings }: Stage) => {
  const from = performance.now()
  const lost = await call("exits__fork", { count: crowd, apart, next: "exit" })
  findings.fact("forked and exited: answered after ms", performance.now() - from)
  findings.check(lost.code === -31005 && lost.certainty === "unknown", `it ended as ${lost.message}`)
  const next = await pidOf("exits")
  findings.inTime("forked and exited: next answer after ms", performance.now() - from, stopMillis)
  const left = processesOf(arena, "exits").filter((pid) => pid !== next)
  findings.check(left.length === 0, `${left.length} processes of the backend that had died were left`)
}

/** It forks and falls silent: its probes find it. */
const hangs = async ({ call, pidOf }: OpenGateway, { arena, findings }: Stage) => {
  const pid = await pidOf("hangs")
  const forked = call("hangs__fork", { count: crowd / 2, apart: apart / 2, next: "hang" })
  forked.catch(() => undefined) // awaited below
  await until("the processes", () => processesOf(arena, "hangs").length > crowd / 2, 5_000)
  const from = performance.now()
  const lost = await forked
  findings.check(lost.code === -31005 && lost.certainty === "unknown", `it ended as ${lost.message}`)
  const next = await pidOf("hangs")
  findings.inTime("forked and hung: next answer after ms", performance.now() - from, healthMillis + stopMillis)
  const left = processesOf(arena, "hangs").filter((other) => other !== next)
  findings.check(next !== pid && left.length === 0, `${left.length} processes of the backend that hung were left`)
}

/** What it has started moves on from process to process, out of its group, while it is killed. */
const runsAway = async ({ call, pidOf }: OpenGateway, { arena, findings }: Stage) => {
  const pid = await pidOf("runs")
  const started = await call("runs__run-away", { count: moves })
  findings.check(hasText(started, "started"), `it did not run away: ${started.message}`)
  signalTo(pid, "SIGKILL")
  const from = performance.now()
  const next = await pidOf("runs")
  findings.inTime("run away: next answer after ms", performance.now() - from, stopMillis)
  const left = processesOf(arena, "runs").filter((other) => other !== next)
  findings.check(next !== pid && left.length === 0, "what ran away was not caught")
}

/** It forks and behaves: the stop of the gateway is the end of all. */
const stays = async ({ call }: OpenGateway, { arena, findings }: Stage) => {
  const forked = await call("stays__fork", { count: crowd / 2, apart: apart / 2 })
  findings.check(hasText(forked, String(crowd / 2)), `it did not fork: ${forked.message}`)
  findings.check(processesOf(arena, "stays").length > crowd / 2, "the processes are not there")
}

export const forkBomb: Scenario = {
  name: "forkBomb",
  boundMillis: 30_000,
  run: async (stage) => {
    const { arena, findings } = stage
    const probed = { ...tireless, health_interval_secs: 1, health_timeout_secs: 1, health_misses: 1 }
    const names = ["exits", "runs", "stays", "other"]
    await using opened = await openGateway(arena, [
      ...names.map((name) => unrulyBackend(arena, name, tireless)),
      unrulyBackend(arena, "hangs", probed)
    ])
    await besideCallsTo("other", opened.ask, findings, async () => {
      await exits(opened, stage)
      await Promise.all([hangs, runsAway, stays].map((each) => each(opened, stage)))
    })
    const from = performance.now()
    await opened.gateway.stop()
    findings.inTime("gateway with 100 processes stopped after ms", performance.now() - from, stopMillis)
    const left = opened.gateway.processes()
    findings.check(left.length === 0, `${left.length} processes outlived the gateway`)
  }
}
