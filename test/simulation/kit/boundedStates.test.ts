import { assert, describe, it } from "@effect/vitest"
import { Circuit, RestartPolicy, backendDefaults } from "../../../src/index.ts"
import {
  checkCircuit,
  checkPolicy,
  circuitLawsOf,
  partsOf,
  restartLaws,
  restartLawsOf,
  superviseInVirtualTime,
  type Checked
} from "../../../src/testing.ts"
import { circuitSettings, restartSettings as settings } from "./settings.ts"

const good = RestartPolicy.of(settings)

/** Our own policy, which remembers something more each time the child goes down. */
const remembering = <A>(none: A, more: (before: A, now: number, isQuarantined: boolean) => A) => {
  const policy: RestartPolicy.Policy<{ readonly good: RestartPolicy.ProbationState; readonly more: A }> = {
    name: "remembers",
    initial: { good: good.initial, more: none },
    onReady: (state, now) => ({ ...state, good: good.onReady(state.good, now) }),
    onRestarted: (state, now) => ({ ...state, good: good.onRestarted(state.good, now) }),
    onDown: (state, now, random) => {
      const verdict = good.onDown(state.good, now, random)
      const added = more(state.more, now, verdict.decision._tag === "Quarantine")
      return { ...verdict, state: { good: verdict.state, more: added } }
    }
  }
  return policy
}

type Chain = { readonly before: Chain } | undefined

/** With every law that the policy keeps otherwise. */
const laws = restartLawsOf(settings)
const seeds = [1]

const assertCaught = <History>(check: (seed: number) => Checked<History>, tried = seeds): void => {
  for (const seed of tried) {
    const checked = check(seed)
    assert.match(checked._tag === "Failed" ? checked.law : "none", /^its state never has more than \d+ parts$/)
  }
}

describe("a policy whose state grows without bound is caught", () => {
  it("a list of all crashes", () => {
    const policy = remembering<ReadonlyArray<number>>([], (times, now) => [...times, now])
    assertCaught((seed) => checkPolicy(policy, laws, { seed }))
  })

  it("a list of all quarantines", () => {
    const policy = remembering<ReadonlyArray<number>>([], (times, now, isQuarantined) =>
      isQuarantined ? [...times, now] : times
    )
    assertCaught((seed) => checkPolicy(policy, laws, { seed }))
  })

  it("a table of all crashes", () => {
    const policy = remembering<ReadonlyMap<number, number>>(new Map(), (table, now) =>
      new Map(table).set(table.size, now)
    )
    assertCaught((seed) => checkPolicy(policy, laws, { seed }))
  })

  it("a chain of all crashes", () => {
    const policy = remembering<Chain>(undefined, (before) => ({ before }))
    assertCaught((seed) => checkPolicy(policy, laws, { seed }))
  })

  it("a text that grows with each crash", () => {
    const policy = remembering("", (text) => `${text}${"a line about what happened\n".repeat(3)}`)
    assertCaught((seed) => checkPolicy(policy, laws, { seed }))
  })

  it("in the real supervisor, with a history that shows no more than it must", () => {
    const policy = remembering<ReadonlyArray<number>>([], (times, now) => [...times, now])
    const law = restartLaws.bounded({ parts: 20 })
    const checked = checkPolicy(policy, [law], { play: superviseInVirtualTime })
    assert(checked._tag === "Failed")
    assert.isAtMost(checked.history.length, 20)
    assert.match(checked.explanation, /^at [\d,]+ ms its state has more than 20 parts$/)
  })
})

describe("a circuit whose state grows without bound is caught", () => {
  const own = Circuit.of(circuitSettings)

  it("a list of all results", () => {
    const remembers: Circuit.Breaker<
      { readonly state: Circuit.CircuitState; readonly results: ReadonlyArray<Circuit.CallResult> },
      Circuit.Permit
    > = {
      name: "remembers",
      initial: { state: own.initial, results: [] },
      phase: ({ state }) => own.phase(state),
      admit: ({ results, state }, now) => {
        const admission = own.admit(state, now)
        return { ...admission, state: { state: admission.state, results } }
      },
      record: ({ results, state }, permit, result, now, random) => {
        const next = own.record(state, permit, result, now, random)
        return next === state ? { state, results } : { state: next, results: [...results, result] }
      },
      release: ({ results, state }, permit) => ({ state: own.release(state, permit), results }),
      isolate: ({ results, state }) => ({ state: own.isolate(state), results }),
      restore: ({ results, state }) => ({ state: own.restore(state), results })
    }
    assertCaught((seed) => checkCircuit(remembers, circuitLawsOf(circuitSettings), { seed }), [1])
  })
})

describe("a state that is bounded passes", () => {
  it.each([5, 60])("with as much as a window of %i restarts needs, and fails with less", (intensity) => {
    const policy = RestartPolicy.of({ ...settings, intensity, windowMillis: 86_400_000 })
    // Two for the lists and objects each, three numbers, and one restart that is planned.
    const needs = intensity + 7
    const options = { runs: 300 }
    assert.strictEqual(checkPolicy(policy, [restartLaws.bounded({ parts: needs })], options)._tag, "Passed")
    assert.strictEqual(checkPolicy(policy, [restartLaws.bounded({ parts: needs - 2 })], options)._tag, "Failed")
  })

  it("in a circuit, however many calls a window holds", () => {
    const busy = { ...backendDefaults.circuit, threshold: 1_000, minimumCalls: 1_000 }
    assert.strictEqual(checkCircuit(Circuit.of(busy), circuitLawsOf(busy), { runs: 200 })._tag, "Passed")
  })
})

describe("the parts of a state", () => {
  it("are its numbers, texts, lists and objects, each once, and more for long texts", () => {
    const shared = { a: 1 }
    assert.strictEqual(partsOf(7), 1)
    assert.strictEqual(partsOf({ a: 1, b: [1, 2, undefined] }), 6)
    assert.strictEqual(partsOf([shared, shared]), 3)
    assert.strictEqual(partsOf(new Map([["a", 1]])), 3)
    assert.strictEqual(partsOf(new Set([1, 2])), 3)
    assert.strictEqual(partsOf("x".repeat(63)), 1)
    assert.strictEqual(partsOf("x".repeat(640)), 11)
    assert.strictEqual(partsOf(2n ** 2_560n), 11)
  })

  it("are not counted further than asked, also where a state holds itself or is deep", () => {
    const ring: Array<unknown> = []
    ring.push(ring)
    assert.strictEqual(partsOf(ring), 1)
    let deep: unknown
    for (let level = 0; level < 100_000; level++) deep = [deep]
    assert.strictEqual(partsOf(deep), 100_001)
    assert.strictEqual(partsOf(deep, 10), 11)
  })
})
