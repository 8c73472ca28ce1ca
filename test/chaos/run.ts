import { mkdirSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { OptionError, readOptions, usage, type ChaosOptions, type PartName, type Replayable } from "./options.ts"
import { replayFile, replaySeed, type Replayed } from "./simulation/replay.ts"
import { runSimulation } from "./simulation/run.ts"

/** How one part ended: a line for a person, everything for a program. */
interface Part {
  readonly passed: boolean
  readonly summary: string
  readonly result: unknown
}

const outDirectory = path.resolve(import.meta.dirname, "../../.out")

const parts: Readonly<Record<PartName, (options: ChaosOptions) => Promise<Part>>> = {
  simulation: async (options) => {
    const result = await runSimulation(options)
    const { calls, digest, failures, minutes, scenarios, seconds, workers } = result
    for (const { message, seed } of failures) {
      print(`  seed ${seed}: ${message}\n  replay and shrink: npm run chaos -- --replay ${seed}`)
    }
    const pace = `${Math.round(scenarios / seconds)} scenarios and ${Math.round(minutes / seconds)} simulated minutes a second`
    return {
      passed: failures.length === 0,
      summary: `${scenarios} scenarios in ${seconds.toFixed(0)} s with ${workers} workers, ${calls} calls, ${pace}, ${failures.length} failures, digest ${digest.slice(0, 16)}`,
      result
    }
  },
  models: async ({ runs }) => {
    const { runModels } = await import("../model/run.ts")
    const result = await runModels({ runs, print })
    const { failures, models, seconds, seed } = result
    const summary = `${result.runs} sequences of commands against ${models.length} models in ${seconds.toFixed(0)} s, seed ${seed}, ${failures} failures`
    return { passed: failures === 0, summary, result }
  },
  mutants: async () => {
    const { runMutants } = await import("../mutants/run.ts")
    const result = await runMutants()
    return { passed: result.isComplete, summary: result.summary, result }
  },
  real: async ({ seconds }) => {
    const { runReal } = await import("./real/run.ts")
    const result = await runReal({ seconds })
    return { passed: result.passed, summary: result.summary, result }
  },
  faults: async ({ rounds, row, targets, write }) => {
    const { reportFaults } = await import("./faults/run.ts")
    const result = await reportFaults({ rounds, only: row, targets, write })
    return { passed: result.misses.length === 0, summary: result.summary, result }
  }
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)

const main = async (): Promise<void> => {
  const options = readOptions(process.argv.slice(2))
  if (options.help) return print(usage)
  if (options.replay !== undefined) return show(replay(options.replay), options.trace)
  const results: Partial<Record<PartName, Part>> = {}
  for (const name of options.only) {
    print(`${name} ...`)
    const part = await parts[name](options)
    results[name] = part
    print(`${name}: ${part.passed ? "passed" : "FAILED"}: ${part.summary}`)
  }
  mkdirSync(outDirectory, { recursive: true })
  writeFileSync(path.join(outDirectory, "chaos.json"), JSON.stringify(results, null, 2))
  const failed = options.only.filter((name) => results[name]?.passed === false)
  const counts = `${options.only.length - failed.length} of ${options.only.length} parts passed`
  print(failed.length === 0 ? `Chaos survived: ${counts}` : `Chaos won: ${counts}, failed: ${failed.join(", ")}`)
  process.exitCode = failed.length === 0 ? 0 : 1
}

const replay = (what: Replayable): Replayed => ("seed" in what ? replaySeed(what.seed) : replayFile(what.file))

/** Lines of a trace that are shown before what broke, unless all are wanted. */
const shownLines = 40

const show = ({ run, shrunk }: Replayed, trace: boolean): void => {
  const shown = shrunk?.run ?? run
  for (const line of trace ? shown.trace : shown.trace.slice(-shownLines)) print(line)
  print(
    `digest ${shown.digest}, ${shown.observations} observations, ${Math.round(shown.millis / 1_000)} simulated seconds`
  )
  for (const { at, invariant, message, name } of shown.violations) {
    print(`INV-${invariant} ${name}, at ${at.toFixed(3)} ms: ${message}`)
  }
  if (shrunk !== undefined) {
    print(`${shrunk.tried} simpler scenarios tried; the simplest: ${path.relative(process.cwd(), shrunk.file)}`)
    print(`again: npm run chaos -- --replay ${path.relative(process.cwd(), shrunk.file)} --trace`)
  }
  process.exitCode = run.violations.length === 0 ? 0 : 1
}

try {
  await main()
} catch (error) {
  if (!(error instanceof OptionError)) throw error
  const [line = ""] = error.message.split("\n")
  process.stderr.write(`${line} (npm run chaos -- --help)\n`)
  process.exitCode = 64
}
