import { createHash } from "node:crypto"
import { generate } from "../../../src/simulation/Generate.ts"
import { simulate } from "../../../src/simulation/Simulate.ts"

/** What became of a range of seeds. */
export interface SeedsResult {
  readonly scenarios: number
  /** How much time passed in them. */
  readonly minutes: number
  readonly calls: number
  readonly observations: number
  /** Of the digests of all runs, in the order of their seeds. */
  readonly digest: string
  readonly failures: ReadonlyArray<SeedFailure>
}

/** A seed that broke a promise, or the simulator itself. */
export interface SeedFailure {
  readonly seed: number
  readonly invariant: number | undefined
  readonly message: string
}

/** Failures kept of one range: more would say the same again. */
const keptFailures = 20

/** Runs the scenarios of the seeds from `from` on, one after the other. */
export const runSeeds = (from: number, count: number): SeedsResult => {
  const digest = createHash("sha256")
  const failures: Array<SeedFailure> = []
  let scenarios = 0
  let minutes = 0
  let calls = 0
  let observations = 0
  for (let seed = from; seed < from + count && failures.length < keptFailures; seed++) {
    scenarios++
    try {
      const run = simulate(generate(seed))
      minutes += run.millis / 60_000
      calls += run.calls.length
      observations += run.observations
      digest.update(run.digest)
      for (const { invariant, message, name } of run.violations) {
        failures.push({ seed, invariant, message: `INV-${invariant} ${name}: ${message}` })
      }
    } catch (error) {
      failures.push({
        seed,
        invariant: undefined,
        message: error instanceof Error ? String(error.stack) : String(error)
      })
    }
  }
  return { scenarios, minutes: Math.round(minutes), calls, observations, digest: digest.digest("hex"), failures }
}
