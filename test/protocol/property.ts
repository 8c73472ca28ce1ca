import * as fc from "fast-check"

/**
 * Checks a property. When it fails, the message ends with the one command that replays it. `CHECK_SEED` and
 * `CHECK_PATH` in the environment replay a failure, `CHECK_RUNS` changes how many cases are tried.
 */
export const holds = <A>(arbitrary: fc.Arbitrary<A>, property: (value: A) => void, runs = 500): void => {
  const { CHECK_PATH, CHECK_RUNS, CHECK_SEED } = process.env
  const details = fc.check(fc.property(arbitrary, property), {
    numRuns: CHECK_RUNS === undefined ? runs : Number(CHECK_RUNS),
    ...(CHECK_SEED === undefined ? {} : { seed: Number(CHECK_SEED) }),
    ...(CHECK_PATH === undefined ? {} : { path: CHECK_PATH })
  })
  if (!details.failed) return
  const replay = `CHECK_SEED=${details.seed} CHECK_PATH=${details.counterexamplePath ?? ""} npx vitest run test -t "<title>"`
  throw new Error(`${fc.defaultReportMessage(details)}\nReplay this one test: ${replay}`, {
    cause: details.errorInstance
  })
}
