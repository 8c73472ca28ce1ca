import assert from "node:assert/strict"
import * as fc from "fast-check"
import type { HealthSettings } from "../../src/domain/BackendSpec.ts"
import * as Health from "../../src/machine/Health.ts"
import { hairMillis, healthSettings, millisOf, random, stretch, stretchWords } from "./arbitraries.ts"
import { command, modelOf } from "./sequences.ts"

/** The model: all results there ever were, as runs of equal ones. */
interface Results {
  readonly runs: Array<{ readonly result: Health.ProbeResult; times: number }>
  lastHitAt: number | undefined
}

interface Real {
  readonly settings: HealthSettings
  readonly reached: Set<string>
  now: number
  state: Health.HealthState
}

/** Without a machine: down since a run of misses that was long enough, until one of hits that is. */
const statusOf = ({ runs }: Results, { hits, misses }: HealthSettings): Health.HealthState["status"] => {
  const fell = runs.findLastIndex(({ result, times }) => result === "miss" && times >= misses)
  const long = fell < 0 ? 1 : hits
  const isUp = runs.slice(fell + 1).some(({ result, times }) => result === "hit" && times >= long)
  return isUp ? "up" : fell < 0 ? "unproven" : "down"
}

const note = ({ runs }: Results, result: Health.ProbeResult): void => {
  const last = runs.at(-1)
  if (last?.result === result) last.times++
  else runs.push({ result, times: 1 })
}

const probe = (result: Health.ProbeResult, times: number) =>
  command<Results, Real>(`${times} x ${result}`, (results, real) => {
    const { now, reached, settings } = real
    for (let n = 0; n < times; n++) {
      const before = real.state
      const was = statusOf(results, settings)
      real.state = Health.step(before, result, settings, now)
      note(results, result)
      const status = statusOf(results, settings)
      if (result === "hit") results.lastHitAt = now
      assert.equal(real.state.status, status, "the status")
      assert.equal(real.state.lastProvenAt, results.lastHitAt, "when it was last proven")
      assert.equal(Health.transition(before, real.state), status === was ? undefined : status, "what changed")
      reached.add(`${was}>${status}`)
    }
    const isSame = Health.step(real.state, result, settings, now) === real.state
    assert.equal(isSame, isIdle(results, result, settings), "the same state comes back when nothing changes")
  })

/** Whether one more of these changes nothing: up and hit again at the same time, or down for good. */
const isIdle = (results: Results, result: Health.ProbeResult, settings: HealthSettings): boolean => {
  const status = statusOf(results, settings)
  return result === "hit" ? status === "up" : status === "down"
}

const askWhetherNeeded = command<Results, Real>("is a probe needed?", (results, { now, settings, state }) => {
  const { lastHitAt } = results
  const isFresh = lastHitAt !== undefined && now - lastHitAt < settings.intervalMillis
  const isNeeded = !(statusOf(results, settings) === "up" && isFresh)
  assert.equal(Health.probeNeeded(state, settings, now), isNeeded, "a probe is needed")
})

const nextDelay = random.map((chance) =>
  command<Results, Real>(`next probe, by chance ${chance}`, (_, { settings }) => {
    const { intervalMillis, jitter } = settings
    const delay = Health.nextProbeDelay(settings, chance)
    assert.ok(delay >= intervalMillis * (1 - jitter) - hairMillis, `${delay} ms is too soon`)
    assert.ok(delay <= intervalMillis * (1 + jitter) + hairMillis, `${delay} ms is too late`)
  })
)

const wait = stretch("intervalMillis").map((each) =>
  command<Results, Real>(`wait ${stretchWords(each)}`, (_, real) => {
    real.now += millisOf(each, real.settings)
  })
)

const result = fc.constantFrom<Health.ProbeResult>("hit", "miss")
const times = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(1, 1, 2, 3) },
  { weight: 1, arbitrary: fc.integer({ min: 4, max: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom(999, 1_000) }
)

/** Health against all results there ever were. */
export const health = modelOf<HealthSettings, Results, Real>({
  name: "health",
  invariants: [],
  settings: healthSettings,
  command: fc.oneof(
    { weight: 8, arbitrary: fc.tuple(result, times).map((each) => probe(...each)) },
    { weight: 3, arbitrary: wait },
    { weight: 2, arbitrary: fc.constant(askWhetherNeeded) },
    { weight: 1, arbitrary: nextDelay }
  ),
  begin: (settings, reached) => {
    assert.equal(Health.validate(settings), undefined)
    return {
      model: { runs: [], lastHitAt: undefined },
      real: { settings, reached, now: 0, state: Health.initial }
    }
  }
})
