import { expect } from "@effect/vitest"
import * as fc from "fast-check"

/**
 * Checks a property. When it fails, the message ends with the one command that replays it. `CHECK_SEED` and
 * `CHECK_PATH` in the environment replay a failure, `CHECK_RUNS` changes how many cases are tried. A `seed` is for tests
 * that count what was reached: chance may not decide whether those pass.
 */
export const holds = <A>(arbitrary: fc.Arbitrary<A>, property: (value: A) => void, runs = 300, seed?: number): void => {
  const { CHECK_PATH, CHECK_RUNS, CHECK_SEED } = process.env
  const details = fc.check(fc.property(arbitrary, property), {
    numRuns: CHECK_RUNS === undefined ? runs : Number(CHECK_RUNS),
    ...(seed === undefined ? {} : { seed }),
    ...(CHECK_SEED === undefined ? {} : { seed: Number(CHECK_SEED) }),
    ...(CHECK_PATH === undefined ? {} : { path: CHECK_PATH })
  })
  if (!details.failed) return
  const title = expect.getState().currentTestName?.split(" > ").at(-1) ?? ""
  const seedAndPath = `CHECK_SEED=${details.seed} CHECK_PATH=${details.counterexamplePath ?? ""}`
  // vitest reads the title as a regular expression.
  const replay = `${seedAndPath} npx vitest run test/machine -t "${title.replaceAll(/[^\w -]/g, ".")}"`
  throw new Error(`${fc.defaultReportMessage(details)}\nReplay with: ${replay}`, {
    cause: details.errorInstance
  })
}

/** What the machines take for chance: [0, 1). */
export const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
