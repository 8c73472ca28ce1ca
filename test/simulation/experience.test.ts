import { assert, describe, it } from "@effect/vitest"

import type { CallRecord } from "../../src/simulation/Observation.ts"
import { ExperienceLog, experienceOf } from "../../src/simulation/Experience.ts"
import { generate } from "../../src/simulation/Generate.ts"
import { experiment } from "../../src/simulation/Experiment.ts"
import { endedMillis } from "../../src/simulation/World.ts"
import { begin, simulate } from "../../src/simulation/Simulate.ts"

const callAt = (askedAt: number): CallRecord => ({
  client: "one",
  id: 1,
  canary: "canary-0-1",
  backend: "a",
  tool: "work",
  repeatable: false,
  askedAt,
  cancelledAt: undefined,
  replies: [],
  written: [],
  arrived: []
})

const refusal = {
  jsonrpc: "2.0",
  id: 1,
  error: { code: -31002, message: "down", data: { source: "sentinel-gateway", certainty: "not_sent" } }
}
const done = { jsonrpc: "2.0", id: 1, result: {} }

/** An account of calls that were asked and answered at these times. */
const accountOf = (
  calls: ReadonlyArray<readonly [askedAt: number, at: number, message: typeof refusal | typeof done]>
) => {
  const log = new ExperienceLog(["a", "b"], 1_000)
  for (const [askedAt, at, message] of calls) {
    const call = callAt(askedAt)
    call.replies.push({ at, message })
    log.saw({ _tag: "Replied", call, message }, at)
  }
  return log
}

describe("the account of what clients see", () => {
  it("is the same whether calls are counted as they end or in the end", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const scenario = generate(seed)
      const names = scenario.backends.map(({ spec }) => spec.name)
      const log = new ExperienceLog(names, Infinity)
      const { calls } = simulate(scenario, { watcher: log })
      for (const name of names) {
        // Replies of the same instant may be in another order there.
        const { longestOutageMillis: _longest, outages: _outages, recoveryMillis: _recovery, ...counts } = log.of(name)
        const hasEnded = ({ cancelledAt, replies }: CallRecord) => replies.length > 0 || cancelledAt !== undefined
        const kept = experienceOf([calls.filter((call) => call.backend === name && hasEnded(call))])
        assert.deepInclude(kept, counts, `seed ${seed}`)
      }
    }
  })

  it("has an outage from the first call without an answer to the next with one", () => {
    const seen = accountOf([
      [10, 20, done],
      [100, 120, refusal],
      [200, 210, refusal],
      [300, 320, done]
    ]).of("a")
    assert.deepInclude(seen, { calls: 4, completed: 2, refused: 2, availability: 0.5, outages: 1 })
    assert.strictEqual(seen.longestOutageMillis, 200)
  })

  it("ends with the faults: later calls do not count, and an outage is no longer than that", () => {
    const calls = [
      [900, 950, refusal],
      [990, 1_500, done],
      [1_100, 1_200, refusal]
    ] as const
    assert.deepInclude(accountOf(calls).all(), { calls: 2, refused: 1, completed: 1, longestOutageMillis: 50 })
    assert.deepInclude(accountOf(calls.slice(0, 1)).all(), { calls: 1, outages: 1, longestOutageMillis: 50 })
    assert.deepInclude(accountOf([[990, 1_500, refusal]]).all(), { refused: 1, outages: 0, longestOutageMillis: 0 })
  })

  it("of nothing is that nothing failed", () => {
    assert.deepInclude(accountOf([]).all(), { calls: 0, availability: 1, outages: 0 })
  })
})

describe("a run that keeps no calls", () => {
  it("is the same run, step by step", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const scenario = generate(seed)
      const { step } = begin(scenario, { keepCalls: false })
      let over = step()
      let steps = 1
      for (; over === undefined; steps++) over = step()
      assert.strictEqual(over.digest, simulate(scenario).digest, `seed ${seed}`)
      if (over.violations.length === 0) assert.strictEqual(steps, scenario.acts.length + 1)
    }
  })

  it("has forgotten those that ended long ago", () => {
    const specs = generate(1)
      .backends.map(({ spec }) => spec)
      .slice(0, 1)
    const scenario = experiment(specs, { seed: 1, minutes: 40, toolsOf: () => [] })
    const [all, last] = [simulate(scenario), simulate(scenario, { keepCalls: false })]
    assert.strictEqual(last.digest, all.digest)
    assert.isBelow(last.calls.length, all.calls.length / 2)
    for (const { askedAt } of last.calls) assert.isAbove(askedAt, last.millis - 2 * endedMillis)
  })
})
