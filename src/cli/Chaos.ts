import * as Effect from "effect/Effect"
import { openStateFiles } from "../gateway/StateFiles.ts"
import { ExperienceLog } from "../simulation/Experience.ts"
import { experiment } from "../simulation/Experiment.ts"
import { mostBackendMinutes } from "../simulation/ExperimentBounds.ts"
import type { Scenario } from "../simulation/Scenario.ts"
import { begin, type Simulated } from "../simulation/Simulate.ts"
import { crossedBy, printReport, thresholdOptions, type Thresholds } from "./ChaosReport.ts"
import { chaosTools } from "./ChaosTools.ts"
import { CommandFailure, endedWith } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import type { CommandOptions } from "./OwnGateway.ts"
import { prepare } from "./Prepare.ts"
import { note, print, printJson } from "./Print.ts"
import { runInSlices } from "./Slices.ts"
import { count, span } from "./Words.ts"

export interface ChaosOptions extends Thresholds {
  readonly seed: number
  readonly minutes: number
}

/**
 * `sentinel chaos`: what clients would see if the configured servers failed in every way that is known. Simulated
 * servers take the places of the real ones, and time is simulated too: nothing is started, an hour takes seconds.
 */
export const chaos = Effect.fnUntraced(function* (options: CommandOptions, chaosOptions: ChaosOptions) {
  const { configuration } = yield* prepare(options.config)
  const { minutes, seed } = chaosOptions
  const names = configuration.backends.map(({ name }) => name)
  const asked = thresholdOptions(chaosOptions)
  if (names.length === 0 && asked.length > 0) return yield* nothingToMeasure(asked)
  if (names.length * minutes > mostBackendMinutes) return yield* tooMuch(names.length, minutes)
  const { catalogOf } = openStateFiles(configuration.stateDirectory)
  const tools = chaosTools(configuration.backends, (spec) => (catalogOf(spec)?.tools ?? []).map(({ name }) => name))
  const scenario = experiment(configuration.backends, {
    seed,
    minutes,
    toolsOf: ({ name }) => tools.get(name) ?? []
  })
  const faults = faultsIn(scenario)
  const log = new ExperienceLog(names, scenario.millis)
  const simulation = begin(scenario, { keepCalls: false, watcher: log })
  const run = yield* withProgress(minutes, (progress) => runInSlices(simulation, progress))
  const all = log.all()
  const backends = names.map((backend, index) => ({
    backend,
    faults: faults.get(index) ?? 0,
    ...log.of(backend)
  }))
  const crossed = crossedBy(all, chaosOptions)
  if (options.json) {
    yield* printJson({ seed, minutes, ...all, backends, crossed, violations: run.violations, digest: run.digest })
  } else {
    yield* names.length === 0 ? print(nothing) : printReport(all, backends, { minutes, seed })
  }
  for (const text of crossed) yield* note(text)
  if (run.violations.length > 0) return yield* brokenPromise(run, seed)
  if (crossed.length > 0) return yield* endedWith(exitCodes.failed)
})

/** How many faults each backend has, by its number: of its process, and where it has one, of its site. */
const faultsIn = ({ acts }: Scenario): ReadonlyMap<number, number> => {
  const faults = new Map<number, number>()
  for (const act of acts) {
    if (act._tag === "Fault" || act._tag === "SiteFault") faults.set(act.backend, (faults.get(act.backend) ?? 0) + 1)
  }
  return faults
}

const nothing = "no backend is enabled: there is nothing that could fail"

/** What no call was made to keeps every threshold, and says nothing. */
const nothingToMeasure = (asked: ReadonlyArray<string>): CommandFailure => {
  const remedy = `enable one, or name another file with --config, or leave out ${asked.join(", ")}`
  const message = `no backend is enabled, so there is nothing to hold against a threshold: ${remedy}`
  return new CommandFailure({ exitCode: exitCodes.invalidConfiguration, message })
}

const tooMuch = (backends: number, minutes: number): CommandFailure => {
  const most = Math.floor(mostBackendMinutes / backends)
  const remedy = most === 0 ? "use a configuration with fewer of them" : `at most --minutes ${most} here`
  const message = `${count(backends, "backend")} for ${count(minutes, "minute")} would take too long: ${remedy}`
  return new CommandFailure({ exitCode: exitCodes.usage, message })
}

/** A line for the person at the terminal, written over and over, and taken away at the end. */
const withProgress = <A>(
  minutes: number,
  work: (progress: (simulatedMillis: number) => Effect.Effect<void>) => Effect.Effect<A>
): Effect.Effect<A> =>
  Effect.suspend(() => {
    const { stderr } = process
    if (!stderr.isTTY) return work(() => Effect.void)
    let isShown = false
    const show = (simulatedMillis: number) =>
      Effect.sync(() => {
        isShown = true
        const minute = Math.min(minutes, Math.floor(simulatedMillis / 60_000))
        stderr.write(`\r${minute} of ${count(minutes, "minute")} simulated`)
      })
    const clear = Effect.sync(() => void (isShown && stderr.write(clearLine)))
    return Effect.ensuring(work(show), clear)
  })

const clearLine = "\r\u001b[K"

const brokenPromise = Effect.fnUntraced(function* ({ violations }: Simulated, seed: number) {
  for (const { at, invariant, message, name } of violations) {
    yield* note(`INV-${invariant} ${name}: ${message} (after ${span(at)})`)
  }
  yield* note(`this is a defect of the gateway; please report it with the configuration and --seed ${seed}`)
  return yield* endedWith(exitCodes.internal)
})
