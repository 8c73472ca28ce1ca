/** A backend that is stopped in the middle of a call (SIGSTOP), and left so, or continued before anybody has noticed. */
import { setTimeout as sleep } from "node:timers/promises"
import { isAlive } from "../../fixtures/processes.ts"
import { tireless, unrulyBackend } from "./backends.ts"
import { besideCallsTo } from "./bystander.ts"
import { hasText } from "./endings.ts"
import type { Findings } from "./findings.ts"
import { openGateway, type OpenGateway } from "./gateways.ts"
import type { Scenario } from "./scenario.ts"
import { signalTo, until } from "./slots.ts"

const probed = { ...tireless, health_interval_secs: 1, health_timeout_secs: 1 }
/** An interval since the last answer, in which nothing has to be asked, one more with its jitter, and the probe's own time. */
export const healthMillis = 1_000 + 1_200 + 1_000
/** A start of a small server. */
const startMillis = 500

const deadlineMillis = 1_000

/** Its call has a deadline later than the probe's: the call ends when the hung process is found. */
const patientCall = async ({ call, pidOf }: OpenGateway, findings: Findings) => {
  const pid = await pidOf("patient")
  signalTo(pid, "SIGSTOP")
  const from = performance.now()
  const ending = await call("patient__echo", { text: "stopped" })
  findings.inTime("patient call: answered after ms", performance.now() - from, healthMillis)
  findings.check(ending.code === -31005 && ending.certainty === "unknown", `it ended as ${ending.message}`)
  const next = await pidOf("patient")
  findings.inTime("patient call: next answer after ms", performance.now() - from, healthMillis + startMillis)
  findings.check(next !== pid, "the stopped process was not replaced")
  findings.check(!isAlive(pid), "the stopped process outlived its replacement")
}

/** Its call's deadline comes first. */
const impatientCall = async ({ call, pidOf }: OpenGateway, findings: Findings) => {
  const pid = await pidOf("impatient")
  signalTo(pid, "SIGSTOP")
  const from = performance.now()
  const ending = await call("impatient__echo", { text: "stopped" })
  findings.inTime("impatient call: answered after ms", performance.now() - from, deadlineMillis)
  findings.check(ending.code === -31004 && ending.certainty === "unknown", `it ended as ${ending.message}`)
  await until("the end of the stopped process", () => !isAlive(pid), 10 * healthMillis)
  findings.inTime("impatient call: hung process gone after ms", performance.now() - from, healthMillis)
  findings.check((await pidOf("impatient")) !== pid, "the stopped process was not replaced")
}

/** It goes on before it is found: it is kept, and its answer to the call that has ended goes nowhere. */
const continued = async ({ call, pidOf }: OpenGateway, findings: Findings) => {
  const pid = await pidOf("continued")
  signalTo(pid, "SIGSTOP")
  const late = await call("continued__echo", { text: "late" })
  findings.check(late.code === -31004 && late.certainty === "unknown", `the late call ended as ${late.message}`)
  signalTo(pid, "SIGCONT")
  const next = await call("continued__echo", { text: "in time" })
  findings.check(hasText(next, "in time"), `after it went on a call got ${JSON.stringify(next.reply)}`)
  await sleep(deadlineMillis / 2)
  findings.check((await pidOf("continued")) === pid, "the process that went on was replaced")
}

export const stopCont: Scenario = {
  name: "stopCont",
  boundMillis: 15_000,
  run: async ({ arena, findings }) => {
    await using opened = await openGateway(arena, [
      unrulyBackend(arena, "patient", { ...probed, health_misses: 1, timeout_secs: 30 }),
      unrulyBackend(arena, "impatient", { ...probed, health_misses: 1, timeout_secs: deadlineMillis / 1_000 }),
      unrulyBackend(arena, "continued", { ...probed, health_misses: 2, timeout_secs: deadlineMillis / 1_000 }),
      unrulyBackend(arena, "other")
    ])
    const cases = [patientCall, impatientCall, continued]
    await besideCallsTo("other", opened.ask, findings, () => Promise.all(cases.map((each) => each(opened, findings))))
    findings.check(opened.strays() === 0, "a reply came that answers no call")
  }
}
