import { assert, describe, it } from "@effect/vitest"
import { gatherEvidence } from "./evidence.ts"
import { invariantGroups, type Invariant } from "./registry.ts"
import { printed, problemsOf, rowsOf, type Evidence } from "./table.ts"

const promises = invariantGroups.flatMap(({ invariants }) => invariants)

const nothing: Evidence = { tests: [], simulation: [], models: [], unreadable: [] }

const tested = (...invariants: ReadonlyArray<number>): Evidence => ({
  ...nothing,
  tests: [{ title: "holds", file: "test/some.test.ts", invariants }]
})

const problemsWith = (invariant: Omit<Invariant, "number" | "promise">, evidence: Evidence) => {
  const groups = [{ name: "Calls", invariants: [{ number: 1, promise: "It works.", ...invariant }] }]
  return problemsOf(rowsOf(groups, evidence), evidence)
}

describe("the table of what the gateway promises", () => {
  it("is complete: each promise is held by a test that names it, or says what it waits for", () => {
    const evidence = gatherEvidence()
    assert.isAbove(evidence.tests.length, 100)
    assert.deepStrictEqual(problemsOf(rowsOf(invariantGroups, evidence), evidence), [])
  })

  it("has the promises from 1 to 42 in their order, each in words of its own", () => {
    assert.deepStrictEqual(
      promises.map(({ number }) => number),
      Array.from({ length: 42 }, (_, index) => index + 1)
    )
    assert.strictEqual(new Set(promises.map(({ promise }) => promise)).size, 42)
    for (const { promise } of promises) assert.match(promise, /^[A-Z].*\.$/)
  })

  it("is wrong when nothing holds a promise, and the simulator alone is not enough", () => {
    assert.deepStrictEqual(problemsWith({}, nothing), ["INV-1 is held by no test: It works."])
    const simulated = { ...nothing, simulation: [{ name: "one reply", invariants: [1] }] }
    assert.deepStrictEqual(problemsWith({}, simulated), ["INV-1 is held by no test: It works."])
    assert.deepStrictEqual(problemsWith({ pending: "reload" }, nothing), [])
    assert.deepStrictEqual(problemsWith({}, tested(1)), [])
    const modelled = { ...nothing, models: [{ name: "test/model/circuit.ts", invariants: [1] }] }
    assert.deepStrictEqual(problemsWith({}, modelled), [])
  })

  it("is wrong when something checks a promise that is said to be pending", () => {
    for (const evidence of [tested(1), { ...nothing, simulation: [{ name: "one reply", invariants: [1] }] }]) {
      const [problem = "", ...more] = problemsWith({ pending: "reload" }, evidence)
      assert.match(problem, /^INV-1 is said to wait for reload, and is checked all the same by /)
      assert.isEmpty(more)
    }
  })

  it("is wrong when something names a promise that there is not", () => {
    assert.deepStrictEqual(problemsWith({}, tested(1, 43)), ['INV-43 does not exist: test/some.test.ts, "holds"'])
    const simulated = { ...tested(1), simulation: [{ name: "one reply", invariants: [0] }] }
    assert.deepStrictEqual(problemsWith({}, simulated), ["INV-0 does not exist: one reply"])
  })

  it("is wrong when a title can't be read", () => {
    const evidence = { ...tested(1), unreadable: ["no number can be read in x"] }
    assert.deepStrictEqual(problemsWith({}, evidence), ["no number can be read in x"])
  })

  it("shows each promise with what holds it, and ends with a summary", () => {
    const groups = [
      { name: "Calls", invariants: [{ number: 1, promise: "It works.", later: "on Sundays" }] },
      { name: "Reload", invariants: [{ number: 2, promise: "It lasts.", pending: "reload" }] }
    ]
    const evidence = { ...tested(1), simulation: [{ name: "one reply", invariants: [1] }] }
    const text = printed(rowsOf(groups, evidence), [])
    assert.deepStrictEqual(text.split("\n"), [
      "Calls",
      "   1  It works.",
      '      1 test, simulation yes: "holds" (test/some.test.ts)',
      "      to be held too: on Sundays",
      "",
      "Reload",
      "   2  It lasts.",
      "      pending: reload",
      "",
      "2 promises: 1 held, 1 of them in simulation, 1 pending; nothing wrong (tests that name a promise were looked for, not run)",
      ""
    ])
  })
})
