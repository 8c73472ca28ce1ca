import { assert, describe, it } from "@effect/vitest"
import { Circuit } from "../../../src/index.ts"
import { checkCircuit, circuitLaws, type CircuitLaw } from "../../../src/testing.ts"
import { circuitSettings as settings } from "./settings.ts"

type Breaker = Circuit.Breaker<Circuit.CircuitState, Circuit.Permit>
type Record = Breaker["record"]

const good: Breaker = Circuit.of(settings)

const recording = (record: Record): Breaker => ({ ...good, record })

const withSettings = (other: Partial<typeof settings>): Breaker => Circuit.of({ ...settings, ...other })

/** The result is taken for another. */
const mistaking = (from: Circuit.CallResult, to: Circuit.CallResult, phase?: Circuit.Phase): Breaker =>
  recording((state, permit, result, now, random) => {
    const mistaken = result === from && (phase === undefined || phase === state._tag)
    return good.record(state, permit, mistaken ? to : result, now, random)
  })

const shutAtOnce: Breaker = recording((state, permit, result, now, random) => {
  const next = good.record(state, permit, result, now, random)
  return state._tag === "Closed" && next._tag === "Open" ? { ...Circuit.initial, epoch: next.epoch } : next
})

const straightToClosed: Breaker = {
  ...good,
  admit: (state, now) =>
    state._tag === "Open" && now >= state.until
      ? good.admit({ ...Circuit.initial, epoch: state.epoch + 1 }, now)
      : good.admit(state, now)
}

/** What was closed before it opened for the first time is closed with epoch 0. */
const refusingClosed = (fromEpoch: number): Breaker => ({
  ...good,
  admit: (state, now) =>
    state._tag === "Closed" && state.epoch >= fromEpoch ? { _tag: "Refused", state } : good.admit(state, now)
})

const admittingIsolated: Breaker = {
  ...good,
  admit: (state, now) =>
    state._tag === "Isolated" ? { _tag: "Admitted", state, permit: { epoch: state.epoch } } : good.admit(state, now)
}

/** A success leaves the failures in a row as they are. */
const neverForgiving: Breaker = recording((state, permit, result, now, random) => {
  const next = good.record(state, permit, result, now, random)
  return result === "success" && state._tag === "Closed" && next._tag === "Closed"
    ? { ...next, consecutive: state.consecutive }
    : next
})

/** The openings go on to be counted when it closes. */
const neverShorter: Breaker = recording((state, permit, result, now, random) => {
  const next = good.record(state, permit, result, now, random)
  const reopens = state._tag === "Closed" && next._tag === "Open"
  return reopens && state.epoch > 0 ? { ...next, until: now + settings.openCapMillis } : next
})

let asked = 0

const { admits, closes, healing, ignoredResults, isolated, oneProbe, permits, rate, repeatable, sound } = circuitLaws
const { staleResults, staysOpen, transitions, trips } = circuitLaws

/** The rate decides before so many failures in a row. */
const rated = { ...settings, threshold: 5 }

describe("a circuit that breaks a law is caught, with a short history", () => {
  const probing = (state: Circuit.CircuitState, isOut: boolean): Circuit.CircuitState =>
    state._tag === "HalfOpen" ? { ...state, probing: isOut } : state
  const everyEpoch: Breaker = recording((state, _permit, result, now, random) =>
    good.record(state, { epoch: state.epoch }, result, now, random)
  )
  const kept: Breaker = { ...good, release: (state) => state }
  const keptOnIgnored: Breaker = recording((state, permit, result, now, random) =>
    probing(good.record(state, permit, result, now, random), result === "ignored")
  )

  const bad: ReadonlyArray<readonly [string, Breaker, CircuitLaw, steps: number]> = [
    ["chance of its own", { ...good, admit: (s, now) => good.admit(s, now + ((asked += 50) % 1_000)) }, repeatable, 8],
    ["INV-20 open becomes closed without a probe", straightToClosed, transitions, 6],
    ["INV-20 it stays as it is when it is isolated by hand", { ...good, isolate: (s) => s }, transitions, 1],
    [
      "INV-20 a release opens it",
      { ...good, release: (s) => ({ ...s, _tag: "Open", until: 0, openings: 1 }) },
      transitions,
      2
    ],
    [
      "INV-21 it admits before its time",
      { ...good, admit: (s, now) => good.admit(s, now + 50) },
      staysOpen(settings),
      6
    ],
    ["INV-21 the openings do not grow", withSettings({ openFactor: 1 }), staysOpen(settings), 10],
    [
      "INV-22 it admits several probes",
      { ...good, admit: (s, now) => good.admit(probing(s, false), now) },
      oneProbe,
      7
    ],
    ["INV-23 it counts results of earlier phases", everyEpoch, staleResults, 8],
    ["INV-24 it takes what is ignored for a failure", mistaking("ignored", "failure"), ignoredResults, 2],
    ["INV-24 it takes what is ignored for a proof", mistaking("ignored", "success", "HalfOpen"), ignoredResults, 9],
    ["INV-25 a released permit is not free again", kept, permits, 8],
    ["INV-25 an ignored probe is not free again", keptOnIgnored, permits, 8],
    ["it opens too late", withSettings({ threshold: 3, minimumCalls: 100 }), trips(settings), 4],
    ["it never opens", shutAtOnce, trips(settings), 4],
    ["it opens too soon", withSettings({ threshold: 1 }), trips(settings), 2],
    ["it opens on success", mistaking("success", "failure", "Closed"), trips(settings), 4],
    ["it closes too soon", withSettings({ successes: 1 }), closes(settings), 7],
    ["it closes too late", withSettings({ successes: 3 }), closes(settings), 9],
    ["it admits nothing, even closed", refusingClosed(0), admits, 1],
    ["it refuses for ever after it has closed again", refusingClosed(1), admits, 10],
    ["INV-39 it refuses for ever, seen when faults stop", refusingClosed(1), healing(settings), 7],
    ["it admits calls while isolated", admittingIsolated, isolated, 2],
    ["a success does not end the failures in a row", neverForgiving, rate(settings), 6],
    ["it has no failure rate", withSettings({ threshold: 5, failureRate: 1, minimumCalls: 100 }), rate(rated), 8],
    [
      "its failures never leave the window",
      withSettings({ threshold: 5, windowMillis: 100 * settings.windowMillis }),
      rate(rated),
      9
    ],
    [
      "INV-21 it always stays open for the cap",
      withSettings({ openMillis: settings.openCapMillis }),
      staysOpen(settings),
      7
    ],
    ["INV-21 it counts openings on when it has closed", neverShorter, staysOpen(settings), 17],
    ["its phase is none", { ...good, phase: () => Object("Ajar") }, sound, 1],
    ["it throws", { ...good, release: () => assert.fail("no") }, sound, 2],
    ["INV-39 it never closes", mistaking("success", "ignored", "HalfOpen"), healing(settings), 4]
  ]

  it.each(bad)("%s", (_, breaker, law, steps) => {
    const checked = checkCircuit(breaker, [law])
    assert(checked._tag === "Failed")
    assert.include(checked.law, law.name)
    assert.isAtMost(checked.history.length, steps)
    assert.isAtMost(checked.run, 300, "it takes few histories to find")
  })

  it("a state that is changed in place, though the change shows late", () => {
    const states: Circuit.Breaker<{ late: number }, number> = {
      name: "counts late results",
      initial: { late: 0 },
      phase: () => "Closed",
      admit: (state) => ({ _tag: "Admitted", state, permit: 1 }),
      record: (state) => {
        state.late++
        return state
      },
      release: (state) => state,
      isolate: (state) => state,
      restore: (state) => state
    }
    const checked = checkCircuit(states, [])
    assert(checked._tag === "Failed")
    assert.match(checked.explanation, /a state must not be changed in place$/)
    assert.lengthOf(checked.history, 2)
  })

  it("without the calls that have nothing to do with it", () => {
    const checked = checkCircuit(withSettings({ successes: 1 }), [closes(settings)], { seed: "calls" })
    assert(checked._tag === "Failed")
    const admitted = checked.history.filter(({ _tag }) => _tag === "Admit").length
    assert.strictEqual(admitted, settings.threshold + 1, JSON.stringify(checked.history))
  })

  it("chance of its own, whether or not somebody asks for that law", () => {
    const erratic = {
      ...good,
      admit: (s: Circuit.CircuitState, now: number) => good.admit(s, now + ((asked += 50) % 1_000))
    }
    const checked = checkCircuit(erratic, [])
    assert.strictEqual(checked._tag === "Failed" ? checked.law : "none", repeatable.name)
  })
})
