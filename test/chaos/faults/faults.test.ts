import { assert, describe, it } from "@effect/vitest"
import { openWorkshop } from "../../bench/workshop.ts"
import { answerIn, type Answer } from "./answer.ts"
import { judgeAll } from "./bars.ts"
import { measureCell, type Cell } from "./cell.ts"
import { faults } from "./faults.ts"
import { formatted, markers, withMeasured } from "./page.ts"
import type { Round } from "./round.ts"
import { makeSlots } from "./slot.ts"
import { spreadOf, spreadText } from "./spread.ts"
import { markdownOf } from "./tables.ts"
import { targetsFor } from "./targets.ts"

const refusal: Answer = { _tag: "Error", code: -31005, message: "it was killed", certainty: "unknown" }

const round: Round = {
  answer: refusal,
  answerMillis: 6,
  sinceSentMillis: 30,
  recoveryMillis: 600,
  meanwhile: false,
  reached: 1,
  doubled: 0,
  endedMillis: 2,
  replacedMillis: 550,
  newSession: false,
  refused: undefined,
  oldAlive: false,
  strays: 0
}

const cellOf = (rounds: ReadonlyArray<Round>, leftovers = 0): Cell => ({
  fault: "SIGKILL",
  target: "sentinel stdio",
  rounds,
  leftovers,
  failure: undefined
})

const missedBy = (cell: Cell) =>
  judgeAll([cell])
    .filter(({ met }) => !met)
    .map(({ what }) => what)

describe("the fault matrix", () => {
  it("sees that the line ends, and nothing after it, when a server without a gateway is killed", async () => {
    using workshop = openWorkshop()
    const fault = faults.find(({ name }) => name === "SIGKILL")
    const direct = targetsFor("stdio", workshop).find(({ name }) => name === "direct")
    assert(fault !== undefined && direct !== undefined)
    const { failure, leftovers, rounds } = await measureCell(direct, fault, 1, workshop, makeSlots())
    assert.deepStrictEqual([failure, leftovers, rounds.length], [undefined, 0, 1])
    const [only] = rounds
    assert.strictEqual(only?.answer._tag, "Cut")
    assert.strictEqual(only?.reached, 1)
    assert.strictEqual(only?.recoveryMillis, undefined)
    assert.isDefined(only?.endedMillis)
  })

  it("reads the certainty of an error where it is said", () => {
    const said = { id: 1, error: { code: -31005, message: "it was killed", data: { certainty: "unknown" } } }
    assert.deepStrictEqual(answerIn(said), refusal)
    const unsaid = answerIn({ id: 1, error: { code: -32603, message: "failed" } })
    assert.strictEqual(unsaid?._tag === "Error" ? unsaid.certainty : "none", undefined)
  })

  it("says how often something never happened, and the worst beside the middle", () => {
    assert.strictEqual(spreadText(spreadOf([6.24, 1_500, 700]), "never"), "700 ms (1.50 s)")
    assert.strictEqual(spreadText(spreadOf([6.24, undefined, 8]), "never"), "6.2 ms (8.0 ms); never in 1 of 3")
    assert.strictEqual(spreadText(spreadOf([undefined, undefined]), "never"), "never")
  })

  it("holds a bar to be met only by what was measured and is good enough", () => {
    assert.deepStrictEqual(missedBy(cellOf([round])), [])
    assert.deepStrictEqual(missedBy(cellOf([{ ...round, answerMillis: 51 }])), ["SIGKILL: error to the caller"])
    const never = cellOf([round, { ...round, recoveryMillis: undefined }])
    assert.deepStrictEqual(missedBy(never), ["SIGKILL: next call succeeds"])
    const silent: Answer = { _tag: "Nothing", withinMillis: 15_000 }
    assert.include(missedBy(cellOf([{ ...round, answer: silent }])), "calls that got no answer")
    assert.deepStrictEqual(missedBy(cellOf([{ ...round, doubled: 1 }])), ["calls that reached the server twice"])
    assert.deepStrictEqual(missedBy(cellOf([round], 1)), ["times that a process outlived the gateway"])
  })

  it("puts its tables between the markers of the page and leaves the rest of it alone", async () => {
    const page = `# Faults\n\n${markers.begin}\n\nold\n\n${markers.end}\n\nReading.\n`
    const cells = [cellOf([round])]
    const written = withMeasured(page, markdownOf({ cells, verdicts: judgeAll(cells) }))
    assert.isTrue(written.startsWith(`# Faults\n\n${markers.begin}\n\n### This gateway\n`))
    assert.isTrue(written.endsWith(`${markers.end}\n\nReading.\n`))
    assert.include(written, "| SIGKILL | error -31005: it was killed | unknown | 6.0 ms | 600 ms |")
    const neat = await formatted(written, "docs/FAULTS.md")
    assert.strictEqual(await formatted(neat, "docs/FAULTS.md"), neat)
    assert.throws(() => withMeasured("# Faults", ""), /no <!-- measured -->/)
  })
})
