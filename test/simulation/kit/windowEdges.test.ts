import { assert, describe, it } from "@effect/vitest"
import { Circuit, RestartPolicy, backendDefaults, type CircuitSettings } from "../../../src/index.ts"
import {
  checkCircuit,
  checkPolicy,
  checkRuns,
  circuitLaws,
  circuitLawsOf,
  restartLaws,
  restartLawsOf,
  type Checked
} from "../../../src/testing.ts"
import { daily, fibonacci, lawsOf } from "./example.ts"
import { restartSettings } from "./settings.ts"

const seeds = Array.from({ length: 3 }, (_, index) => index + 1)

/** Of three seeds, those with which the default number of runs finds something. */
const caught = <History>(check: (seed: number) => Checked<History>): number =>
  seeds.map(check).filter((checked) => {
    if (checked._tag === "Passed") assert.strictEqual(checked.runs, checkRuns)
    return checked._tag === "Failed"
  }).length

const nearlyAll = 2

describe("a restart policy whose window is 1 ms shorter than it says is caught", () => {
  const short = (settings: typeof restartSettings) =>
    RestartPolicy.of({ ...settings, windowMillis: settings.windowMillis - 1 })

  it.each([
    ["with the defaults", backendDefaults.restart],
    ["with small numbers", restartSettings],
    ["with delays that never vary", { ...backendDefaults.restart, jitter: 0 }],
    ["with ten restarts", { ...backendDefaults.restart, intensity: 10 }],
    ["with twenty restarts a day", { ...backendDefaults.restart, intensity: 20, windowMillis: 86_400_000 }]
  ])("INV-13 %s", (_, settings) => {
    const laws = restartLawsOf(settings)
    assert.isAtLeast(
      caught((seed) => checkPolicy(short(settings), laws, { seed })),
      nearlyAll
    )
  })

  it("INV-13 by the one law alone", () => {
    const { restart } = backendDefaults
    assert.isAtLeast(
      caught((seed) => checkPolicy(short(restart), [restartLaws.intensity(restart)], { seed })),
      nearlyAll
    )
  })

  it("INV-13 also where somebody else wrote it", () => {
    const other = fibonacci({ ...daily, dayMillis: daily.dayMillis - 1 })
    assert.isAtLeast(
      caught((seed) => checkPolicy(other, lawsOf(daily), { seed })),
      nearlyAll
    )
  })

  it("INV-19 as one is whose streak ends 1 ms too soon", () => {
    const { stableMillis } = backendDefaults.restart
    const hasty = RestartPolicy.of({ ...backendDefaults.restart, stableMillis: stableMillis - 1 })
    assert.isAtLeast(
      caught((seed) => checkPolicy(hasty, restartLawsOf(backendDefaults.restart), { seed })),
      nearlyAll
    )
  })
})

type Results = ReadonlyArray<{ readonly at: number; readonly hasFailed: boolean }>

interface Sliding {
  readonly results: Results
  readonly isOpen: boolean
}

/** Opens at the failure rate of a window that slides, and stays open. */
const sliding = (
  windowMillis: number,
  { failureRate, minimumCalls }: CircuitSettings
): Circuit.Breaker<Sliding, 0> => ({
  name: "sliding",
  initial: { results: [], isOpen: false },
  phase: ({ isOpen }) => (isOpen ? "Open" : "Closed"),
  admit: (state) => (state.isOpen ? { _tag: "Refused", state } : { _tag: "Admitted", state, permit: 0 }),
  record: (state, _, result, now) => {
    if (state.isOpen || result === "ignored") return state
    const hasFailed = result === "failure"
    const results = [...state.results.filter(({ at }) => at > now - windowMillis), { at: now, hasFailed }]
    const failures = results.filter((each) => each.hasFailed).length
    const isOpen = hasFailed && results.length >= minimumCalls && failures >= failureRate * results.length
    return { results, isOpen }
  },
  release: (state) => state,
  isolate: (state) => state,
  restore: (state) => state
})

describe("a circuit whose times are 1 ms too short is caught", () => {
  it("INV-21 that of an opening", () => {
    const settings = { ...backendDefaults.circuit, jitter: 0 }
    const hasty = Circuit.of({ ...settings, openMillis: settings.openMillis - 1 })
    assert.isAtLeast(
      caught((seed) => checkCircuit(hasty, circuitLawsOf(settings), { seed })),
      nearlyAll
    )
  })

  it.each([
    ["with its jitter", backendDefaults.circuit],
    ["with a wide one", { ...backendDefaults.circuit, jitter: 0.9 }]
  ])("INV-21 that of an opening by 1 % %s", (_, settings) => {
    for (const share of [0.99, 1.01]) {
      const off = Circuit.of({ ...settings, openMillis: settings.openMillis * share })
      assert.isAtLeast(
        caught((seed) => checkCircuit(off, circuitLawsOf(settings), { seed })),
        nearlyAll,
        `${share} of it`
      )
    }
  })

  /** What counts in any case: the rest of a window may be left out, as one of buckets does. */
  it.each([4, 10])("that of nine tenths of a window of at least %i calls", (minimumCalls) => {
    const settings = { ...backendDefaults.circuit, threshold: 1_000, minimumCalls }
    const certainMillis = (settings.windowMillis * 9) / 10
    const laws = [circuitLaws.rate(settings)]
    const check = (windowMillis: number, seed: number) => checkCircuit(sliding(windowMillis, settings), laws, { seed })
    assert.strictEqual(check(certainMillis + 1, 1)._tag, "Passed")
    assert.isAtLeast(
      caught((seed) => check(certainMillis - 1, seed)),
      nearlyAll
    )
  })
})
