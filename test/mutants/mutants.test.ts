import { assert, describe, it } from "@effect/vitest"
import { mutated } from "./build.ts"
import { catchAll, findingsOfSound } from "./catch.ts"
import { readRecord } from "./caught.ts"
import { allMutants } from "./mutants.ts"
import { rowsOf, writtenRows } from "./report.ts"

/** Milliseconds that all of them may take together on a busy machine; a quiet one takes a quarter of a minute. */
const patience = 300_000

const record = readRecord()

const known = (name: string) => record.get(name)?.slice(0, 1) ?? []

describe("the mutants", () => {
  it("have each a name of its own, and none is stale", () => {
    assert.strictEqual(new Set(allMutants.map(({ name }) => name)).size, allMutants.length)
    for (const mutant of allMutants) assert.notStrictEqual(mutated(mutant), "", mutant.name)
  })

  it("are all on record, with what catches them, and nothing else is", () => {
    const names = allMutants.map(({ name }) => name)
    assert.deepStrictEqual([...record.keys()], names, "node test/mutants/run.ts --record looks for what catches them")
  })

  it("are caught, every one, by what is on record", { timeout: patience }, async () => {
    const caught = await catchAll(allMutants, { seeds: 0, runs: 0, known: ({ name }) => known(name) })
    const missed = caught.filter(({ findings }) => findings.length === 0).map(({ mutant }) => mutant.name)
    assert.deepStrictEqual(missed, [], "node test/mutants/run.ts --record --only NAME looks for what catches it now")
  })

  it(
    "are not what breaks the promises: without a defect all of them hold in the same runs",
    { timeout: patience },
    async () => {
      assert.deepStrictEqual(await findingsOfSound(allMutants.flatMap(({ name }) => known(name))), [])
    }
  )

  it("are in the documents, with what catches them", () => {
    assert.deepStrictEqual(writtenRows(), rowsOf(record), "node test/mutants/run.ts --write writes them anew")
  })
})
