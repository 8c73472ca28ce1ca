import { assert, it } from "@effect/vitest"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import { experiment } from "../../src/simulation/Experiment.ts"
import type { Act, Scenario } from "../../src/simulation/Scenario.ts"
import { simulate } from "../../src/simulation/Simulate.ts"

const { boundsHttp: _, boundsStdio, ...defaults } = backendDefaults

/** A backend whose tools keep their own names, with a client that lists them every few seconds. */
const listed = (seed: number): Scenario => {
  const launch = {
    type: "stdio",
    command: "simulated",
    args: [],
    env: {},
    secrets: [],
    envPass: [],
    cwd: undefined
  } as const
  const spec = { ...defaults, name: "a", prefix: "", idempotentTools: [], bounds: boundsStdio, launch }
  const scenario = experiment([spec], { seed, minutes: 30, toolsOf: () => ["work"] })
  const lists = Array.from({ length: 300 }, (_list, index): Act => ({ at: index * 6_000 + 1, _tag: "List", client: 0 }))
  return { ...scenario, acts: [...scenario.acts, ...lists].sort((one, other) => one.at - other.at) }
}

it("tools without a prefix are no broken promise while their backend is down", () => {
  for (const seed of [3, 4, 5]) assert.deepStrictEqual(simulate(listed(seed)).violations, [], `seed ${seed}`)
})
