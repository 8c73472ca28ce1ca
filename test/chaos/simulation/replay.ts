import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { generate } from "../../../src/simulation/Generate.ts"
import type { Scenario } from "../../../src/simulation/Scenario.ts"
import { shrinkScenario } from "../../../src/simulation/ShrinkScenario.ts"
import { simulate } from "../../../src/simulation/Simulate.ts"
import type { Simulated } from "../../../src/simulation/Simulate.ts"
import { OptionError } from "../options.ts"

/** Where scenarios that failed are put, below the project. */
const failedDirectory = path.resolve(import.meta.dirname, "../../../.out/chaos")

/** Runs one seed with its trace; when it fails, the simplest scenario that fails in the same way is written down. */
export const replaySeed = (seed: number): Replayed => replay(generate(seed), `seed-${seed}`)

/** Runs a scenario that was written down. Throws an `OptionError` when the file is none. */
export const replayFile = (file: string): Replayed => {
  const scenario = scenarioIn(file)
  try {
    return replay(scenario, path.basename(file, ".json"))
  } catch (error) {
    // No simulated gateway throws: something is missing in the scenario.
    throw new OptionError(`--replay ${file}: it can't be run: ${String(error)}`)
  }
}

/** The scenario in a file, as far as a look at its outlines can tell. */
const scenarioIn = (file: string): Scenario => {
  const value = jsonIn(file)
  const problem = problemOf(value)
  if (problem !== undefined) throw new OptionError(`--replay ${file}: it is no scenario: ${problem}`)
  return value as Scenario
}

const jsonIn = (file: string): unknown => {
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new OptionError(`--replay ${file}: neither a seed nor a file that can be read (${reason})`)
  }
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new OptionError(`--replay ${file}: it is no JSON`)
  }
}

const problemOf = (value: unknown): string | undefined => {
  if (!isObject(value)) return "an object is expected"
  const { acts, backends, clients, millis, seed } = value
  if (typeof seed !== "number" || typeof millis !== "number") return "seed and millis are to be numbers"
  if (!Array.isArray(backends) || !Array.isArray(clients) || !Array.isArray(acts)) {
    return "backends, clients and acts are to be lists"
  }
  const backend = backends.findIndex((plan: unknown) => !isObject(plan) || !isObject(plan["spec"]))
  if (backend >= 0) return `backends[${backend}] has no spec`
  const act = acts.findIndex((act: unknown) => !isObject(act) || typeof act["at"] !== "number")
  return act < 0 ? undefined : `acts[${act}] has no time`
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export interface Replayed {
  readonly run: Simulated
  /** The simpler scenario with its own trace, if there was anything to look for. */
  readonly shrunk: { readonly file: string; readonly run: Simulated; readonly tried: number } | undefined
}

const replay = (scenario: Scenario, name: string): Replayed => {
  const run = simulate(scenario, { keepTrace: true })
  const [violation] = run.violations
  if (violation === undefined) return { run, shrunk: undefined }
  const { tried, value } = shrinkScenario(scenario, violation)
  mkdirSync(failedDirectory, { recursive: true })
  const file = path.join(failedDirectory, `${name}-shrunk.json`)
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
  return { run, shrunk: { file, tried, run: simulate(value, { keepTrace: true }) } }
}
