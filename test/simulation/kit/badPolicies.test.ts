import { assert, describe, it } from "@effect/vitest"
import { RestartPolicy } from "../../../src/index.ts"
import { checkPolicy, restartLaws, restartLawsOf, type RestartLaw } from "../../../src/testing.ts"
import { restartSettings as settings } from "./settings.ts"

type Policy = RestartPolicy.Policy<RestartPolicy.ProbationState>
type OnDown = Policy["onDown"]

const good: Policy = RestartPolicy.of(settings)

/** Our own policy with other settings than its laws know of. */
const withSettings = (other: Partial<typeof settings>): Policy => RestartPolicy.of({ ...settings, ...other })

/** Our own policy, but what it is asked or answers is changed. */
const deciding = (onDown: OnDown): Policy => ({ ...good, onDown })

const withDelay = (change: (delayMillis: number) => number): Policy =>
  deciding((state, now, random) => {
    const verdict = good.onDown(state, now, random)
    const { decision } = verdict
    if (decision._tag === "Quarantine") return verdict
    return { ...verdict, decision: { ...decision, delayMillis: change(decision.delayMillis) } }
  })

const withRestart = (state: RestartPolicy.ProbationState, restart: Partial<RestartPolicy.RestartState>) => ({
  ...state,
  restart: { ...state.restart, ...restart }
})

const fixedWindow = deciding((state, now, random) => {
  const begun = Math.floor(now / settings.windowMillis) * settings.windowMillis
  const restarts = state.restart.restarts.filter((at) => at >= begun).map(() => now)
  return good.onDown(withRestart(state, { restarts }), now, random)
})

/** Ready times are added up over the lives. */
const addedUp: Policy = (() => {
  const readySince = ({ readySince = 0, streak }: RestartPolicy.RestartState, now: number) =>
    streak === 0 ? now : readySince
  return {
    ...good,
    onReady: (state, now) => withRestart(state, { readySince: readySince(state.restart, now) }),
    onDown: (state, now, random) => {
      const verdict = good.onDown(state, now, random)
      return { ...verdict, state: withRestart(verdict.state, { readySince: state.restart.readySince }) }
    }
  }
})()

let asked = 0

const changesInPlace: RestartPolicy.Policy<{ count: number }> = {
  name: "changes its state in place",
  initial: { count: 0 },
  onReady: (state) => state,
  onRestarted: (state) => state,
  onDown: (state) => {
    state.count++
    return { state, decision: { _tag: "Restart", attempt: state.count, delayMillis: 100 } }
  }
}

/** Once it has been quarantined, every failure is one too many, however long the child was up. */
const alwaysOnProbation: Policy = deciding((state, now, random) =>
  state.onProbation
    ? { state, decision: { _tag: "Quarantine", reason: "once is enough", retryMillis: settings.slowRetryMillis } }
    : good.onDown(state, now, random)
)

/** Its delays grow on a machine that has been up for long. */
const lateGrowth: Policy = deciding((state, now, random) => {
  const verdict = good.onDown(state, now, random)
  const { decision } = verdict
  if (decision._tag === "Quarantine" || now < 2 ** 31) return verdict
  return { ...verdict, decision: { ...decision, delayMillis: decision.delayMillis * 10 } }
})

/** What a clock counts is taken for whole numbers. */
const wholeOnly: Policy = {
  ...good,
  onReady: (state, now) => {
    BigInt(now)
    return good.onReady(state, now)
  }
}

const laws = restartLawsOf(settings)
const { delays, intensity, leftAlone, patience, recovery, repeatable, sound, streak } = restartLaws

describe("a restart policy that breaks a law is caught, with a short history", () => {
  const bad: ReadonlyArray<readonly [string, Policy, RestartLaw, lives: number]> = [
    ["a delay of nothing", withDelay(() => 0), sound, 1],
    ["an endless delay", withDelay(() => Infinity), sound, 1],
    ["decisions by chance of its own", withDelay((millis) => millis + ++asked), repeatable, 1],
    ["one restart too many", withSettings({ intensity: 3 }), intensity(settings), 3],
    ["INV-13 a window that does not slide", fixedWindow, intensity(settings), 3],
    ["INV-13 restarts counted where they were planned", { ...good, onRestarted: (s) => s }, intensity(settings), 3],
    ["a quarantine at the first failure", withSettings({ intensity: 0 }), patience(settings), 1],
    ["a window that is too long", withSettings({ windowMillis: 20_000 }), patience(settings), 3],
    ["a probation that never ends", alwaysOnProbation, patience(settings), 4],
    ["INV-38 a clock that needs more than 32 bits", lateGrowth, recovery({ withinMillis: 480 }), 1],
    ["a clock that does not tell whole milliseconds", wholeOnly, sound, 1],
    ["INV-14 a delay that does not grow", withSettings({ factor: 1 }), delays(settings), 2],
    ["INV-14 a delay without its cap", withSettings({ capMillis: 30_000 }), delays({ ...settings, capMillis: 150 }), 2],
    ["INV-14 a jitter that is too wide", withSettings({ jitter: 0.5 }), delays(settings), 1],
    ["INV-19 a streak that no ready time ends", { ...good, onReady: (s) => s }, streak(settings), 2],
    ["INV-19 a streak that a shorter time ends", withSettings({ stableMillis: 4_999 }), streak(settings), 2],
    ["INV-19 a streak that is ended by added up ready times", addedUp, streak(settings), 3],
    [
      "a quarantine that is too short",
      withSettings({ slowRetryMillis: 59_999 }),
      leftAlone({ quarantineMillis: 60_000 }),
      3
    ],
    ["INV-38 a delay that is too long", withSettings({ capMillis: 30_000 }), recovery({ withinMillis: 200 }), 2]
  ]

  it.each(bad)("%s", (_, policy, law, lives) => {
    const checked = checkPolicy(policy, [law])
    assert(checked._tag === "Failed")
    assert.include(checked.law, law.name)
    assert.isAtMost(checked.history.length, lives)
    assert.isAtMost(checked.run, 100, "it takes few histories to find")
  })

  it.each([1, 2, 5, 50, 500])("INV-13 a window that is %i ms too short", (millis) => {
    const bounds = { intensity: 2, windowMillis: 86_400_000 }
    const short = withSettings({ ...bounds, windowMillis: bounds.windowMillis - millis })
    const checked = checkPolicy(short, [intensity(bounds)])
    assert.strictEqual(checked._tag, "Failed")
  })

  it("a state that is changed in place", () => {
    const checked = checkPolicy(changesInPlace, [])
    assert(checked._tag === "Failed")
    assert.strictEqual(checked.law, sound.name)
    assert.lengthOf(checked.history, 1)
  })

  it("a policy that throws", () => {
    const throwing = deciding((state, now, random) => {
      if (now > 1_000) throw new Error("no more")
      return good.onDown(state, now, random)
    })
    const checked = checkPolicy(throwing, laws)
    assert(checked._tag === "Failed")
    assert.strictEqual(checked.law, sound.name)
    assert.strictEqual(checked.explanation, "at 1,001 ms onDown throws Error: no more")
    assert.lengthOf(checked.history, 1)
  })

  it("a decision that nobody can carry out, before what comes of going on all the same", () => {
    const endless = withDelay(() => Infinity)
    const confused: Policy = {
      ...endless,
      onRestarted: (state, now) => {
        if (!Number.isFinite(now)) throw new Error("what time is it?")
        return state
      }
    }
    const checked = checkPolicy(confused, laws)
    assert(checked._tag === "Failed")
    assert.strictEqual(checked.law, sound.name)
  })

  it("INV-38 a policy that never tries again what it gave up", () => {
    const quarantinedWithinMillis = 60_000
    const forgetful = withSettings({ slowRetryMillis: 86_400_000 })
    const law = recovery({ withinMillis: 480, quarantinedWithinMillis })
    assert.strictEqual(checkPolicy(forgetful, [recovery({ withinMillis: 480 })])._tag, "Passed")
    assert.strictEqual(checkPolicy(forgetful, [law])._tag, "Failed")
  })

  it("a supervisor that starts a child before its time, were there one", () => {
    const life = { startMillis: 0, upMillis: 0, lateMillis: 0, random: 0.5 }
    const decision = { _tag: "Restart", attempt: 1, delayMillis: 100 } as const
    const lives = [{ life, startedAt: 0, readyAt: 0, downAt: 0, decision, nextAt: 99 }]
    const run = { lives, again: () => run }
    const found = leftAlone({ quarantineMillis: 1 }).check(run)
    assert.strictEqual(found, "down at 0 ms, to be left alone for 100 ms, but started at 99 ms")
  })
})
