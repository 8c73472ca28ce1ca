/** A piece of chaos, and how it is run: within its time, with nothing left behind, and never throwing. */
import { openArena, type Arena } from "./arena.ts"
import { Findings } from "./findings.ts"

export interface Stage {
  readonly arena: Arena
  readonly findings: Findings
  /** How long load is kept up, where there is any. */
  readonly seconds: number
}

export interface Scenario {
  readonly name: string
  /** Beyond `seconds`; when it is over the scenario has failed and all that it started is ended. */
  readonly boundMillis: number
  readonly run: (stage: Stage) => Promise<void>
}

export interface ScenarioResult {
  readonly name: string
  readonly passed: boolean
  readonly millis: number
  readonly facts: Readonly<Record<string, number | string>>
  readonly failures: ReadonlyArray<string>
}

export interface Terms {
  readonly seconds: number
  /** How much later than its bound anything may be; more where other work is done at the same time. */
  readonly slackMillis: number
}

/** For tests, which run beside others on a machine that may be busy. */
export const besideOthers: Terms = { seconds: 0, slackMillis: 5_000 }

export const runScenario = async (scenario: Scenario, { seconds, slackMillis }: Terms): Promise<ScenarioResult> => {
  const startedAt = performance.now()
  const findings = new Findings(slackMillis)
  const arena = openArena()
  const bound = seconds * 1_000 + scenario.boundMillis
  const { promise: overdue, resolve } = Promise.withResolvers<string>()
  const timer = setTimeout(() => resolve(`it was not over after ${bound} ms`), bound)
  const ended = scenario.run({ arena, findings, seconds }).then(() => undefined, wordsOf)
  const problem = await Promise.race([ended, overdue])
  clearTimeout(timer)
  if (problem !== undefined) findings.failures.push(problem)
  const left = await arena.close()
  findings.fact("processes left", left.length)
  for (const { command, pid } of left) findings.failures.push(`process ${pid} was left: ${command}`)
  const { facts, failures } = findings
  return { name: scenario.name, passed: failures.length === 0, millis: performance.now() - startedAt, facts, failures }
}

const wordsOf = (cause: unknown): string => (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause))
