import { assert, describe, it } from "@effect/vitest"
import { mutated } from "./build.ts"
import { catchAll, findingsOfSound } from "./catch.ts"
import { readRecord } from "./caught.ts"
import { allMutants } from "./mutants.ts"
import { defaultEffort, tryWords } from "./tries.ts"

/** Milliseconds that all of them may take together, with what is recorded; a search takes longer. */
const patience = 300_000

const record = readRecord()

const known = (name: string) => record.get(name)?.slice(0, 1) ?? []

/** Those that are not on record yet are looked for by `npm run chaos -- --only mutants` alone. */
const recorded = allMutants.filter(({ name }) => known(name).length > 0)

describe("the mutants", () => {
  it("are at least 25, each with a name of its own, and none is stale", () => {
    assert.isAtLeast(allMutants.length, 25)
    assert.strictEqual(new Set(allMutants.map(({ name }) => name)).size, allMutants.length)
    for (const mutant of allMutants) assert.notStrictEqual(mutated(mutant), "", mutant.name)
  })

  it("are recorded with what catches them, at least 25", () => {
    assert.isAtLeast(recorded.length, 25, "node test/mutants/run.ts --record looks for what catches them")
  })

  it("are caught, every one that is on record", { timeout: patience }, async () => {
    const caught = await catchAll(recorded, { ...defaultEffort, known: ({ name }) => known(name) })
    const missed = caught.filter(({ findings }) => findings.length === 0).map(({ mutant }) => mutant.name)
    assert.deepStrictEqual(missed, [], "node test/mutants/run.ts --only NAME tells more")
  })

  it(
    "are not what breaks the promises: without a defect all of them hold in the same runs",
    { timeout: patience },
    async () => {
      const tries = new Map(recorded.flatMap(({ name }) => known(name).map((each) => [tryWords(each), each])))
      assert.deepStrictEqual(await findingsOfSound([...tries.values()]), [])
    }
  )
})
