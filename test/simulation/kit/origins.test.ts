import { assert, describe, it } from "@effect/vitest"
import { Circuit, RestartPolicy } from "../../../src/index.ts"
import {
  Chance,
  assertCircuit,
  assertPolicy,
  calls,
  checkPolicy,
  outages,
  playCircuit,
  playPolicy,
  superviseInVirtualTime
} from "../../../src/testing.ts"
import { circuitSettings, restartSettings } from "./settings.ts"

const policy = RestartPolicy.of(restartSettings)

/** A policy that notes what it is told, and otherwise does as the good one does. */
const noting = (told: Array<number>): typeof policy => ({
  ...policy,
  onDown: (state, now, random) => {
    told.push(now)
    return policy.onDown(state, now, random)
  }
})

describe("what the clock says when a history begins", () => {
  it("is sometimes nothing, a fraction, and more than 32 bits hold", () => {
    const told: Array<number> = []
    assertPolicy(noting(told), [], { runs: 100, lives: 1 })
    assert.isTrue(told.some((now) => now === 0))
    assert.isTrue(told.some((now) => now > 2 ** 31))
    assert.isTrue(told.some((now) => now > 0 && now < 2 ** 31 && !Number.isInteger(now)))
  })

  it("is sometimes more than 32 bits hold for a circuit, too", () => {
    const told: Array<number> = []
    const circuit = Circuit.of(circuitSettings)
    const admit: typeof circuit.admit = (state, now) => {
      told.push(now)
      return circuit.admit(state, now)
    }
    assertCircuit({ ...circuit, admit }, [], { runs: 50 })
    assert.isTrue(told.some((now) => now > 2 ** 31 && !Number.isInteger(now)))
  })

  it.each([
    ["alone", playPolicy],
    ["in the real supervisor", superviseInVirtualTime]
  ])("is told to the policy, and left out of the run, %s", (_, play) => {
    const origin = 3_000_000_000.625
    const history = outages(new Chance("origin"), { marks: [5_000, 10_000] })
    const told: Array<number> = []
    const run = play(noting(told), history, origin)
    assert.deepStrictEqual(run.lives, play(policy, history).lives)
    assert.deepStrictEqual(
      told.slice(0, run.lives.length),
      run.lives.map(({ downAt }) => origin + downAt)
    )
    assert.deepStrictEqual(run.again().lives, run.lives)
  })

  it("is left out of a circuit's run", () => {
    const circuit = Circuit.of(circuitSettings)
    const history = calls(new Chance("origin"), { marks: [100, 300] })
    const phases = (origin: number) => playCircuit(circuit, history, origin).moves.map(({ after, now }) => [now, after])
    assert.deepStrictEqual(phases(2 ** 32 + 0.25), phases(0))
  })

  it("is told of a failure that needs it, and of no other", () => {
    const uptime: typeof policy = {
      ...policy,
      onReady: (state, now) => policy.onReady(state, now > 2 ** 31 ? assert.fail("too long") : now)
    }
    const checked = checkPolicy(uptime, [])
    assert(checked._tag === "Failed")
    assert.isAbove(checked.originMillis, 2 ** 31 - 1)
    assert.match(checked.message, /\n {2}the clock says [\d,.]+ ms at its 0 ms\n/)
    assert.match(checked.message, /\n\], \{ originMillis: \d[\d.]+ \}\)$/)
    const never = checkPolicy({ ...policy, onReady: () => assert.fail("never") }, [])
    assert.strictEqual(never._tag === "Failed" ? never.originMillis : undefined, 0)
  })
})
