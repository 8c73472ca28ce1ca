import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { follows } from "../fixtures/property.ts"
import { allModels, type Model } from "./model.ts"
import { runModels } from "./run.ts"

const broken: Model = {
  name: "broken",
  invariants: [],
  check: ({ runs, ...rest }) =>
    fc.check<unknown>(
      fc.property(fc.nat(), (n) => n < 5),
      { numRuns: runs, ...rest }
    )
}

describe("Models", () => {
  it("are all run, each with its share, and the same seed is said that was asked for", async () => {
    const lines: Array<string> = []
    const result = await runModels({ runs: 400, seed: 7, print: (line) => void lines.push(line) })
    assert.deepStrictEqual([result.seed, result.failures], [7, 0])
    assert.deepStrictEqual(
      result.models.map(({ name }) => name),
      allModels.map(({ name }) => name)
    )
    for (const { name, runs } of result.models) assert.isAbove(runs, 0, name)
    assert.isAtLeast(result.runs, 400)
    assert.lengthOf(lines, allModels.length + 1)
    assert.match(lines.at(-1) ?? "", /seed 7, 0 failures$/)
  })

  it("say with a failure how to replay it", async () => {
    const failure = await follows(broken, 100).then(
      () => "",
      (cause: unknown) => String(cause)
    )
    assert.match(
      failure,
      /Replay with: CHECK_SEED=-?\d+ CHECK_PATH=[\d:]+ npx vitest run \S*run\.test\.ts -t "say with a failure how to replay it"/
    )
  })
})
