import { assert, describe, it } from "@effect/vitest"
import { generate } from "../../src/simulation/Generate.ts"
import type { Scenario } from "../../src/simulation/Scenario.ts"
import { simulate } from "../../src/simulation/Simulate.ts"

/** A backend of which the gateway may list so many tools, and which begins to offer more. */
const growing = (bound: number): Scenario => {
  const { backends, clients } = generate(1)
  const [first] = backends
  assert(first !== undefined)
  const { spec } = first
  const bounded = { ...spec, name: "tiny", prefix: "tiny", bounds: { ...spec.bounds, tools: bound } }
  return {
    seed: 1,
    backends: [{ spec: bounded, era: "stateful", tools: ["work"], latencyMillis: 1 }],
    clients: clients.slice(0, 1),
    acts: [{ at: 1_000, _tag: "Fault", backend: 0, fault: { _tag: "Tools", count: 3 } }],
    millis: 10_000
  }
}

describe("INV-5: a backend that offers more tools than the gateway may list of it", () => {
  it.each([1, 2, 3, 4, 100])("has the first ones listed, with a bound of %s", (bound) => {
    const { calls, violations } = simulate(growing(bound))
    assert.deepStrictEqual(violations, [])
    const called = new Set(calls.map(({ tool }) => tool))
    assert.strictEqual(called.size, Math.min(bound, 4))
  })
})
