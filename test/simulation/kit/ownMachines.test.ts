import { assert, describe, it } from "@effect/vitest"
import { Circuit, RestartPolicy, backendDefaults } from "../../../src/index.ts"
import {
  Chance,
  assertCircuit,
  assertPolicy,
  circuitLawsOf,
  outages,
  playPolicy,
  restartLawsOf,
  superviseInVirtualTime
} from "../../../src/testing.ts"
import { circuitSettings, restartSettings } from "./settings.ts"

describe("the gateway's own restart policy", () => {
  it.each([
    ["its defaults", backendDefaults.restart],
    ["small numbers", restartSettings],
    ["no restart allowed", { ...restartSettings, intensity: 0 }],
    ["one restart and a wide spread", { ...restartSettings, intensity: 1, jitter: 0.9, factor: 10 }],
    ["broken milliseconds", { ...restartSettings, baseMillis: 7, factor: 1.3 }],
    ["no ready time asked for", { ...restartSettings, stableMillis: 0 }]
  ])("INV-13, INV-14, INV-19, INV-38 holds every law, with %s", (_, settings) => {
    assertPolicy(RestartPolicy.of(settings), restartLawsOf(settings), { runs: 300 })
  })

  it("INV-13, INV-14, INV-19, INV-38 holds them in the real supervisor too, where timers are late", () => {
    const play = superviseInVirtualTime
    assertPolicy(RestartPolicy.of(restartSettings), restartLawsOf(restartSettings), { runs: 50, play })
  })
})

describe("the gateway's own circuit", () => {
  it.each([
    ["its defaults", backendDefaults.circuit],
    ["small numbers", circuitSettings],
    ["a failure rate and a wide spread", { ...circuitSettings, threshold: 8, failureRate: 0.3, jitter: 0.9 }],
    ["one failure and one probe", { ...circuitSettings, threshold: 1, successes: 1 }],
    ["openings that do not grow", { ...circuitSettings, openFactor: 1, openCapMillis: 100, jitter: 0 }]
  ])("INV-20 to INV-25, INV-39 holds every law, with %s", (_, settings) => {
    assertCircuit(Circuit.of(settings), circuitLawsOf(settings), { runs: 300 })
  })
})

describe("superviseInVirtualTime", () => {
  const policy = RestartPolicy.of(restartSettings)

  it("has the policy decide what it decides alone, at the same times", () => {
    for (let seed = 0; seed < 50; seed++) {
      const history = outages(new Chance(seed), { marks: [5_000, 10_000] }).map((life) => ({
        ...life,
        startMillis: 0,
        upMillis: life.upMillis ?? 0
      }))
      assert.deepStrictEqual(superviseInVirtualTime(policy, history).lives, playPolicy(policy, history).lives)
    }
  })

  it("reports what happened and when, and leaves the child running after the last outage", () => {
    const crash = { startMillis: 0, upMillis: 30, lateMillis: 0, random: 0.5 }
    const late = { ...crash, lateMillis: 7 }
    const { reports } = superviseInVirtualTime(policy, [late, crash, crash])
    assert.deepStrictEqual(
      reports.map(({ at, report }) => `${at} ${report._tag}`),
      [
        ...["0 Started", "30 Exited", "30 RestartScheduled"],
        ...["137 Started", "167 Exited", "167 RestartScheduled"],
        ...["367 Started", "397 Exited", "397 Quarantined"],
        "60397 Started"
      ]
    )
  })

  it("does the same again, as often as one likes", () => {
    const history = outages(new Chance("again"))
    const once = superviseInVirtualTime(policy, history)
    assert.deepStrictEqual(superviseInVirtualTime(policy, history).reports, once.reports)
    assert.deepStrictEqual(once.again().lives, once.lives)
  })
})
