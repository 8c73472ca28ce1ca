/** A backend that is killed more often than it may be restarted: its calls are refused, the others' go on. */
import { besideCallsTo } from "./bystander.ts"
import { tireless, unrulyBackend } from "./backends.ts"
import type { Findings } from "./findings.ts"
import { openGateway, type OpenGateway } from "./gateways.ts"
import type { Scenario } from "./scenario.ts"
import { backendPid, signalTo, until } from "./slots.ts"

const restarts = 3
/** When a quarantined backend is tried again: not while this lasts. */
const retrySecs = 60
/** A refusal has nothing to wait for. */
const refusedMillis = 200
const replacedMillis = 5_000

const killAgainAndAgain = async ({ call, gateway }: OpenGateway, findings: Findings) => {
  for (let kill = 0; kill <= restarts; kill++) {
    let pid: number | undefined
    await until("a process to kill", () => (pid = backendPid(gateway.pid, "brittle")) !== undefined, replacedMillis)
    if (pid !== undefined) signalTo(pid, "SIGKILL")
    await until("the end of it", () => backendPid(gateway.pid, "brittle") !== pid, replacedMillis)
  }
  const from = performance.now()
  const refused = await call("brittle__echo", { text: "after that" })
  findings.inTime("refused after ms", performance.now() - from, refusedMillis)
  findings.check(refused.code === -31006 && refused.certainty === "not_sent", `it ended as ${refused.message}`)
  findings.fact("retryAfterMs", refused.retryAfterMs)
  const isDue = refused.retryAfterMs > 0 && refused.retryAfterMs <= retrySecs * 1_200
  findings.check(isDue, `retryAfterMs ${refused.retryAfterMs} is not the time to the next try`)
  findings.check(backendPid(gateway.pid, "brittle") === undefined, "a process of a quarantined backend runs")
}

export const quarantine: Scenario = {
  name: "quarantine",
  boundMillis: 30_000,
  run: async ({ arena, findings }) => {
    const brittle = { ...tireless, max_restarts: restarts, restart_window_secs: 60, quarantine_retry_secs: retrySecs }
    await using opened = await openGateway(arena, [
      unrulyBackend(arena, "brittle", brittle),
      unrulyBackend(arena, "other", tireless)
    ])
    await besideCallsTo("other", opened.ask, findings, () => killAgainAndAgain(opened, findings))
  }
}
