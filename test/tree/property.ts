import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"

/**
 * Checks a property of whole trees: each case runs in a scope of its own, on a clock of its own. When it fails, the
 * message ends with the one command that replays it. `CHECK_SEED` and `CHECK_PATH` in the environment replay a failure,
 * `CHECK_RUNS` changes how many cases are tried.
 */
export const holds = async <A, E>(
  arbitrary: fc.Arbitrary<A>,
  property: (value: A) => Effect.Effect<void, E, Scope.Scope>,
  runs: number
): Promise<void> => {
  const { CHECK_PATH, CHECK_RUNS, CHECK_SEED } = process.env
  const run = (value: A) => Effect.runPromise(property(value).pipe(Effect.scoped, Effect.provide(TestClock.layer())))
  const details = await fc.check(fc.asyncProperty(arbitrary, run), {
    numRuns: CHECK_RUNS === undefined ? runs : Number(CHECK_RUNS),
    ...(CHECK_SEED === undefined ? {} : { seed: Number(CHECK_SEED) }),
    ...(CHECK_PATH === undefined ? {} : { path: CHECK_PATH })
  })
  if (!details.failed) return
  const title = expect.getState().currentTestName?.split(" > ").at(-1) ?? ""
  const seedAndPath = `CHECK_SEED=${details.seed} CHECK_PATH=${details.counterexamplePath ?? ""}`
  // vitest reads the title as a regular expression.
  const replay = `${seedAndPath} npx vitest run test/tree -t "${title.replaceAll(/[^\w -]/g, ".")}"`
  throw new Error(`${fc.defaultReportMessage(details)}\nReplay with: ${replay}`, { cause: details.errorInstance })
}
