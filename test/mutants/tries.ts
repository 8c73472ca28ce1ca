import { readFileSync, readdirSync } from "node:fs"
import * as path from "node:path"
import type { Violation } from "../../src/simulation/Check.ts"
import type { Scenario } from "../../src/simulation/Scenario.ts"
import type { Model } from "../model/model.ts"

/** One way to look for a defect: one simulated scenario, so many sequences of one model, or a scenario that was kept. */
export type Try =
  | { readonly by: "simulation"; readonly seed: number }
  | { readonly by: "model"; readonly model: string; readonly runs: number }
  | { readonly by: "found"; readonly scenario: string }

/** What one try found. */
export interface Finding {
  /** The try; of a model, with no more sequences than it took. */
  readonly by: Try
  /** The promises that were broken, by their numbers; of a model, those that it names, else those that it holds. */
  readonly broken: ReadonlyArray<number>
  readonly message: string
}

/** How far is looked. */
export interface Effort {
  /** Scenarios: seeds from 1. */
  readonly seeds: number
  /** Sequences of each model. */
  readonly runs: number
}

export const defaultEffort: Effort = { seeds: 300, runs: 3_000 }

/** Where scenarios are kept that found something once; each file is one. */
const foundDirectory = path.join(import.meta.dirname, "..", "simulation", "found")

/** Models draw the same sequences each time. */
const modelSeed = 1

/** What a build of the entry offers. */
export type Build = typeof import("./entry.ts")

/** First the simulator, seed by seed, then each model, then what was found once. */
export function* triesOf({ models, runs, seeds }: Effort & { readonly models: ReadonlyArray<string> }): Generator<Try> {
  for (let seed = 1; seed <= seeds; seed++) yield { by: "simulation", seed }
  for (const model of models) yield { by: "model", model, runs }
  for (const file of readdirSync(foundDirectory)) yield { by: "found", scenario: path.basename(file, ".json") }
}

/** In words: `simulation seed 17`, `model circuit after 240 runs`, `scenario hiddenAtRestart`. */
export const tryWords = (tried: Try): string => {
  switch (tried.by) {
    case "simulation":
      return `simulation seed ${tried.seed}`
    case "model":
      return `model ${tried.model} after ${tried.runs} runs`
    case "found":
      return `scenario ${tried.scenario}`
  }
}

/** Makes one try with a build; `undefined`: every promise held. */
export const attempt = async (build: Build, tried: Try): Promise<Finding | undefined> => {
  try {
    if (tried.by === "found") return simulated(tried, build.simulate(scenarioOf(tried.scenario)).violations)
    if (tried.by === "simulation") return simulated(tried, build.simulate(build.generate(tried.seed)).violations)
    const model = build.allModels.find(({ name }) => name === tried.model)
    if (model === undefined) throw new RangeError(`there is no model ${tried.model}`)
    return await modelled(model, tried.runs)
  } catch (error) {
    return { by: tried, broken: [], message: `threw ${firstLine(error)}` }
  }
}

const scenarioOf = (name: string): Scenario => {
  const scenario: Scenario = JSON.parse(readFileSync(path.join(foundDirectory, `${name}.json`), "utf8"))
  return scenario
}

const simulated = (by: Try, violations: ReadonlyArray<Violation>): Finding | undefined => {
  const [first] = violations
  if (first === undefined) return undefined
  const broken = [...new Set(violations.map(({ invariant }) => invariant))]
  return { by, broken, message: `${first.name}: ${first.message}` }
}

const modelled = async (model: Model, runs: number): Promise<Finding | undefined> => {
  const { errorInstance, failed, numRuns } = await model.check({ runs, seed: modelSeed })
  if (!failed) return undefined
  const message = firstLine(errorInstance)
  const named = [...message.matchAll(/INV-(\d+)/g)].map(([, number]) => Number(number))
  return {
    by: { by: "model", model: model.name, runs: numRuns },
    broken: named.length > 0 ? named : model.invariants,
    message
  }
}

const firstLine = (error: unknown): string => {
  const [line = ""] = String(error instanceof Error ? error.message : error).split("\n")
  return line
}
