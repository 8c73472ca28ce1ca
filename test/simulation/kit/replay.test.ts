import { assert, describe, it } from "@effect/vitest"
import { Circuit, RestartPolicy } from "../../../src/index.ts"
import {
  assertCircuit,
  assertPolicy,
  checkCircuit,
  checkPolicy,
  checkRuns,
  circuitLawsOf,
  playPolicy,
  restartLaws,
  restartLawsOf,
  superviseInVirtualTime,
  type Failed,
  type History,
  type PolicyCheckOptions
} from "../../../src/testing.ts"
import { daily, firstTry, lawsOf } from "./example.ts"
import { circuitSettings, restartSettings } from "./settings.ts"

const bad = RestartPolicy.of({ ...restartSettings, stableMillis: 4_999 })
const laws = restartLawsOf(restartSettings)

const failure = (options: PolicyCheckOptions = {}): Failed<History> => {
  const checked = checkPolicy(bad, laws, options)
  assert(checked._tag === "Failed")
  return checked
}

describe("a failure of the kit", () => {
  it("is the same each time with the same seed", () => {
    assert.deepStrictEqual(failure(), failure())
    assert.deepStrictEqual(failure({ seed: "nightly" }), failure({ seed: "nightly" }))
  })

  it("is found in other histories with another seed", () => {
    const runs = Array.from({ length: 20 }, (_, seed) => failure({ seed }).run)
    assert.isAbove(new Set(runs).size, 3)
  })

  it("is replayed by its seed and run, without those before it", () => {
    const { run, seed, ...found } = failure({ seed: 5 })
    let plays = 0
    const play: typeof playPolicy = (policy, history) => {
      plays++
      return playPolicy(policy, history)
    }
    const replayed = failure({ seed, run, play })
    assert.deepInclude(replayed, { run, seed, history: found.history, explanation: found.explanation })
    const only = checkPolicy(RestartPolicy.of(restartSettings), laws, { seed, run, play })
    assert.deepStrictEqual(only, { _tag: "Passed", runs: 1, seed })
    assert.isAbove(plays, 1)
  })

  it("breaks the law again when its history is played alone", () => {
    const { explanation, history } = failure()
    const broken = laws.map((law) => law.check(playPolicy(bad, history))).filter((found) => found !== undefined)
    assert.include(broken, explanation)
  })

  it("is made plain, even if it takes more than twenty lives", () => {
    const checked = checkPolicy(firstTry(daily), lawsOf(daily))
    assert(checked._tag === "Failed")
    assert.isAtMost(checked.history.length, 25)
    const plain = { startMillis: 0, lateMillis: 0, random: 0.5 }
    for (const life of checked.history) assert.deepInclude(life, plain)
    assert.isAtMost(checked.history.filter(({ upMillis = 0 }) => upMillis > 0).length, 2)
  })

  it("is thrown as an error that tells the law, the shortest history and how to replay it", () => {
    const policy = { ...RestartPolicy.of({ ...restartSettings, capMillis: 30_000, jitter: 0 }), name: "hasty" }
    const law = restartLaws.delays({ ...restartSettings, capMillis: 150, jitter: 0 })
    assert.throws(
      () => assertPolicy(policy, [law], { lives: 10, seed: "a" }),
      Error,
      [
        'policy "hasty" breaks a law: the nth delay is within 0 % of min(150, 100 * 2^n) ms (INV-14)',
        "  at 100 ms, n = 1, the delay is 200 ms instead of about 150 ms",
        'The shortest history found that does (run 0 of seed "a"):',
        "  1. starts at 0 ms, fails at 0 ms: restart 1 in 100 ms",
        "  2. starts at 100 ms, fails at 100 ms: restart 2 in 200 ms",
        'Replay, with the same laws: checkPolicy(policy, laws, { seed: "a", run: 0, lives: 10 })',
        "Or this history alone: assertHistory(policy, laws, [",
        "  { startMillis: 0, upMillis: undefined, lateMillis: 0, random: 0.5 },",
        "  { startMillis: 0, upMillis: undefined, lateMillis: 0, random: 0.5 }",
        "])"
      ].join("\n")
    )
  })

  it("is replayed with the options that make the same histories", () => {
    const { message } = failure({ lives: 5, marks: [7], play: superviseInVirtualTime })
    assert.match(message, /: checkPolicy\(policy, laws, \{ seed: 1, run: \d+, lives: 5, marks: \[7\], play \}\)$/m)
    assert.match(message, /\n\], \{ (originMillis: [\d.]+, )?play \}\)$/)
  })

  it("is told and replayed for circuits in the same way", () => {
    const circuit = Circuit.of({ ...circuitSettings, successes: 1 })
    const check = (options = {}) => checkCircuit(circuit, circuitLawsOf(circuitSettings), options)
    const found = check({ steps: 60 })
    assert(found._tag === "Failed")
    assert.deepStrictEqual(check({ run: found.run, seed: 1, steps: 60 }), found)
    assert.throws(() => assertCircuit(circuit, circuitLawsOf(circuitSettings), { steps: 60 }), Error, found.message)
    assert.match(found.message, /\n {2}1\. at 0 ms a call gets permit 1: still Closed\n/)
    assert.match(found.message, /: checkCircuit\(circuit, laws, \{ seed: 1, run: \d+, steps: 60 \}\)$/m)
  })
})

describe("a check that finds nothing", () => {
  it("tried as many histories as it says", () => {
    let plays = 0
    const play: typeof playPolicy = (policy, history) => {
      plays++
      return playPolicy(policy, history)
    }
    const good = RestartPolicy.of(restartSettings)
    assert.deepStrictEqual(checkPolicy(good, [], { play }), { _tag: "Passed", runs: checkRuns, seed: 1 })
    assert.strictEqual(plays, checkRuns)
    assert.deepStrictEqual(checkPolicy(good, laws, { runs: 3, seed: 9 }), { _tag: "Passed", runs: 3, seed: 9 })
  })
})
