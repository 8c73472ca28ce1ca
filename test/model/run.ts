/**
 * `node test/model/run.ts [--runs 1000000] [--seed N]`: every model with so many sequences of commands in all, over two
 * threads. A line for each model and one for all of them; writes `.out/models.json`; ends with 1 if one failed, with
 * the command that replays it.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { Worker } from "node:worker_threads"
import { allModels, type Model } from "./model.ts"
import type { Part, PartFailure, PartResult } from "./worker.ts"

export interface ModelsOptions {
  /** Sequences of commands, all models together; default `defaultRuns`. */
  readonly runs?: number
  /** Default: another one each time. */
  readonly seed?: number
  /** Where the lines go; default nowhere. */
  readonly print?: (line: string) => void
}

export interface ModelResult {
  readonly name: string
  readonly invariants: ReadonlyArray<number>
  readonly runs: number
  /** On one thread. */
  readonly runsPerSecond: number
  readonly failure: PartFailure | undefined
}

export interface ModelsResult {
  readonly seed: number
  readonly runs: number
  readonly seconds: number
  readonly models: ReadonlyArray<ModelResult>
  readonly failures: number
}

const defaultRuns = 1_000_000

/** Threads at most. */
const threads = 2

/** Parts that a model's runs are cut into, so that both threads have something to do until the end. */
const partsOfModel = 8

/** Sequences of one model for each of another: what its model costs. Not named: 10. */
const shares: Readonly<Record<string, number>> = {
  restartPolicy: 22,
  lifecycle: 20,
  circuit: 20,
  failureWindow: 12,
  health: 9,
  deadlineHeap: 9,
  mailbox: 6,
  generations: 2
}

const shareOf = ({ name }: Model): number => shares[name] ?? 10

/** The parts of all models, the first of each before the second of any. Each has a seed of its own. */
const partsOf = (runs: number, seed: number): Array<Part> => {
  const all = allModels.reduce((sum, model) => sum + shareOf(model), 0)
  const parts: Array<Part> = []
  for (let part = 0; part < partsOfModel; part++) {
    for (const model of allModels) {
      const ofModel = Math.ceil((runs * shareOf(model)) / all / partsOfModel)
      parts.push({ name: model.name, runs: ofModel, seed: (seed + parts.length) | 0 })
    }
  }
  return parts
}

/** Has a thread do parts until none is left. */
const work = (next: () => Part | undefined, onResult: (part: Part, result: PartResult) => void): Promise<void> => {
  const { promise, reject, resolve } = Promise.withResolvers<void>()
  const worker = new Worker(new URL("./worker.ts", import.meta.url))
  let part = next()
  const goOn = () => {
    if (part === undefined) return void worker.terminate()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(part)
  }
  worker.on("message", (result: PartResult) => {
    if (part !== undefined) onResult(part, result)
    part = next()
    goOn()
  })
  worker.on("error", reject)
  worker.on("exit", () => resolve())
  goOn()
  return promise
}

const resultOf = ({ invariants, name }: Model, results: ReadonlyArray<PartResult>): ModelResult => {
  const runs = results.reduce((sum, result) => sum + result.runs, 0)
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0)
  const failure = results.find((result) => result.failure !== undefined)?.failure
  return { name, invariants, runs, runsPerSecond: seconds > 0 ? Math.round(runs / seconds) : 0, failure }
}

const lineOf = ({ failure, invariants, name, runs, runsPerSecond }: ModelResult): string => {
  const held = invariants.length === 0 ? "" : `, INV ${invariants.join(" ")}`
  const words = `${name}: ${runs.toLocaleString("en")} sequences, ${runsPerSecond.toLocaleString("en")} a second${held}`
  return failure === undefined ? words : `${words}\n${name} FAILED: ${failure.message}`
}

/** Runs all models; a model that failed is not run further. Does not reject for a failure. */
export const runModels = async (options: ModelsOptions = {}): Promise<ModelsResult> => {
  const { print = () => undefined, runs = defaultRuns, seed = Date.now() | 0 } = options
  const startedAt = performance.now()
  const parts = partsOf(runs, seed)
  const results = new Map<string, Array<PartResult>>(allModels.map(({ name }) => [name, []]))
  const hasFailed = (name: string) => results.get(name)?.some(({ failure }) => failure !== undefined) === true
  const next = (): Part | undefined => {
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) if (!hasFailed(part.name)) return part
    return undefined
  }
  const onResult = ({ name }: Part, result: PartResult) => void results.get(name)?.push(result)
  const count = Math.min(threads, availableParallelism())
  try {
    await Promise.all(Array.from({ length: count }, () => work(next, onResult)))
  } finally {
    parts.length = 0
  }
  const models = allModels.map((model) => resultOf(model, results.get(model.name) ?? []))
  for (const model of models) print(lineOf(model))
  const result: ModelsResult = {
    seed,
    runs: models.reduce((sum, model) => sum + model.runs, 0),
    seconds: (performance.now() - startedAt) / 1_000,
    models,
    failures: models.filter(({ failure }) => failure !== undefined).length
  }
  print(
    `models: ${result.runs.toLocaleString("en")} sequences of commands in ${result.seconds.toFixed(0)} s, ` +
      `seed ${seed}, ${result.failures} failures`
  )
  return result
}

/** The number that an option is given. */
export const wholeOf = (name: string, text: string, least: number): number => {
  const number = Number(text)
  if (!Number.isInteger(number) || number < least) {
    throw new Error(`--${name} must be a whole number from ${least}, not "${text}"`)
  }
  return number
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { runs: { type: "string" }, seed: { type: "string" } } })
  const result = await runModels({
    ...(values.runs === undefined ? {} : { runs: wholeOf("runs", values.runs, 1) }),
    ...(values.seed === undefined ? {} : { seed: wholeOf("seed", values.seed, -(2 ** 31)) }),
    print: (line) => void process.stdout.write(`${line}\n`)
  })
  const out = path.resolve(import.meta.dirname, "../../.out")
  mkdirSync(out, { recursive: true })
  writeFileSync(path.join(out, "models.json"), `${JSON.stringify(result, undefined, 2)}\n`)
  process.exitCode = result.failures === 0 ? 0 : 1
}

if (process.argv[1] === import.meta.filename) {
  await main().catch((cause: unknown) => {
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`)
    process.exitCode = 1
  })
}
