/** The real part of `npm run chaos`: gateways, servers and kills as they are outside of tests, under load. */
import { randomUUID } from "node:crypto"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { root } from "../../bench/launches.ts"
import { runDirectory } from "../../fixtures/runDirectory.ts"
import { runVariable } from "../../fixtures/leftovers.ts"
import { runScenario, type Scenario, type ScenarioResult } from "./scenario.ts"
import { closedPipes } from "./closedPipes.ts"
import { forkBomb } from "./forkBomb.ts"
import { fullDisk } from "./fullDisk.ts"
import { killStorm } from "./killStorm.ts"
import { quarantine } from "./quarantine.ts"
import { realServers } from "./realServers.ts"
import { stopCont } from "./stopCont.ts"

const scenarios: ReadonlyArray<Scenario> = [
  killStorm,
  quarantine,
  stopCont,
  closedPipes,
  forkBomb,
  fullDisk,
  realServers
]

export interface RealOptions {
  /** How long load is kept up where there is any. */
  readonly seconds: number
  /** The one scenario to run; all of them by default. */
  readonly only?: string
}

export interface RealResult {
  readonly passed: boolean
  /** One line. */
  readonly summary: string
  readonly millis: number
  readonly scenarios: ReadonlyArray<ScenarioResult>
}

const defaultSeconds = 60
/** Nothing else of ours runs at the same time. */
const slackMillis = 600
const reportFile = join(root, ".out", "chaos-real.json")

const say = (line: string) => void process.stdout.write(`${line}\n`)

const lineOf = ({ facts, failures, millis, name, passed }: ScenarioResult): string => {
  const figures = Object.entries(facts).map(([fact, value]) => `${fact} ${value}`)
  const head = `${passed ? "pass" : "FAIL"}  ${name} in ${(millis / 1_000).toFixed(1)} s: ${figures.join("; ")}`
  return [head, ...failures.map((failure) => `      ${failure}`)].join("\n")
}

/** Names the run, if nobody has, for whatever is started to inherit; what is kept under that name goes at the end. */
const ownPlace = (): Disposable => {
  if (process.env[runVariable] !== undefined) return { [Symbol.dispose]: () => undefined }
  process.env[runVariable] = randomUUID()
  const remove = () => rmSync(runDirectory(), { recursive: true, force: true })
  process.once("exit", remove) // also when interrupted
  return { [Symbol.dispose]: remove }
}

/** Runs the scenarios one after the other, prints a line for each, and writes .out/chaos-real.json. */
export const runReal = async ({ only, seconds }: RealOptions): Promise<RealResult> => {
  const wanted = scenarios.filter(({ name }) => only === undefined || name === only)
  if (wanted.length === 0)
    throw new Error(`no scenario "${only}"; there are ${scenarios.map(({ name }) => name).join(", ")}`)
  using _place = ownPlace()
  const startedAt = performance.now()
  const results: Array<ScenarioResult> = []
  for (const scenario of wanted) {
    const result = await runScenario(scenario, { seconds, slackMillis })
    say(lineOf(result))
    results.push(result)
  }
  const passed = results.every((result) => result.passed)
  const millis = performance.now() - startedAt
  const failed = results.filter((each) => !each.passed).length
  const summary = `${results.length} scenarios in ${(millis / 1_000).toFixed(1)} s, ${failed} failed`
  const result = { passed, summary, millis, scenarios: results }
  mkdirSync(join(root, ".out"), { recursive: true })
  writeFileSync(reportFile, `${JSON.stringify({ seconds, ...result }, null, 2)}\n`)
  say(`real chaos: ${summary}`)
  return result
}

const secondsFrom = (text: string): number => {
  const seconds = Number(text)
  if (!(seconds >= 1 && seconds <= 3_600)) throw new Error(`--seconds must be a number from 1 to 3600, not "${text}"`)
  return seconds
}

const main = async (): Promise<boolean> => {
  const { values } = parseArgs({ options: { seconds: { type: "string" }, only: { type: "string" } } })
  const seconds = values.seconds === undefined ? defaultSeconds : secondsFrom(values.seconds)
  const { passed } = await runReal({ seconds, ...(values.only !== undefined && { only: values.only }) })
  return passed
}

if (import.meta.main) {
  try {
    process.exitCode = (await main()) ? 0 : 1
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`)
    process.exitCode = 1
  }
}
