/** A backend that has no part in it: while others are maltreated, its calls go on as if nothing happened. */
import { quantile } from "../../bench/statistics.ts"
import { echoTurn, keepCalling, type Ask } from "./callers.ts"
import type { Findings } from "./findings.ts"
import { Ledger } from "./ledger.ts"

const pauseMillis = 5

/** A call to it may take that long: whatever the gateway does at a stretch, such as a walk through all processes. */
const stallMillis = 100

/** Calls `<name>__echo` all the time that the work takes, and judges how that went. */
export const besideCallsTo = async (
  name: string,
  ask: Ask,
  findings: Findings,
  work: () => Promise<unknown>
): Promise<void> => {
  const ledger = new Ledger(name)
  const over = new AbortController()
  const calling = keepCalling(ask, (n) => echoTurn(ledger, name, `${name} ${n}`), { over: over.signal, pauseMillis })
  const worked = work().finally(() => over.abort())
  await Promise.allSettled([worked, calling])
  await Promise.all([worked, calling])
  ledger.judgeUnharmed(findings)
  const millis = ledger.millis()
  findings.fact(`${name}: median ms`, quantile(millis, 0.5))
  findings.inTime(`${name}: longest ms`, Math.max(...millis), stallMillis)
}
