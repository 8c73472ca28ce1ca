import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { generate } from "../../../src/simulation/Generate.ts"
import type { Scenario } from "../../../src/simulation/Scenario.ts"
import { shrinkScenario } from "../../../src/simulation/ShrinkScenario.ts"
import { simulate } from "../../../src/simulation/Simulate.ts"
import type { Simulated } from "../../../src/simulation/Simulate.ts"
import { OptionError } from "../options.ts"
import { scenarioProblem } from "./scenarioProblem.ts"

/** Where scenarios that failed are put, below the project. */
const failedDirectory = path.resolve(import.meta.dirname, "../../../.out/chaos")

/** Runs one seed with its trace; when it fails, the simplest scenario that fails in the same way is written down. */
export const replaySeed = (seed: number): Replayed => replay(generate(seed), `seed-${seed}`)

/** Runs a scenario that was written down. Throws an `OptionError` when the file is none. */
export const replayFile = (file: string): Replayed => replay(scenarioIn(file), path.basename(file, ".json"))

/** The scenario in a file. Throws an `OptionError` that says what in it is none. */
export const scenarioIn = (file: string): Scenario => {
  const value = jsonIn(file)
  const problem = scenarioProblem(value)
  if (problem !== undefined) throw new OptionError(`--replay ${file}: it is no scenario: ${problem}`)
  return value as Scenario
}

const jsonIn = (file: string): unknown => {
  let text: string
  try {
    text = readFileSync(file, "utf8")
  } catch (error) {
    throw new OptionError(`--replay ${file}: neither a seed nor a file that can be read (${reasonOf(error)})`)
  }
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new OptionError(`--replay ${file}: it is no JSON (${reasonOf(error)})`)
  }
}

/** In one line: the parser may show a piece of the text. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ")

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
