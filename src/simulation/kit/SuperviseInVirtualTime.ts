import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as References from "effect/References"
import type { ChildReport } from "../../kernel/Child.ts"
import * as Supervisor from "../../kernel/Supervisor.ts"
import { longestDelayMillis, type Policy, type RestartDecision } from "../../machine/RestartPolicy.ts"
import { VirtualTime } from "../VirtualTime.ts"
import { watched } from "./Broken.ts"
import type { History, Life } from "./Outages.ts"
import type { Lived, RestartRun } from "./RestartRun.ts"

/** A report of the supervisor, and when it came: milliseconds since the child was added. */
export interface TimedReport {
  readonly at: number
  readonly report: ChildReport
}

/** What the supervisor reported; as a run, laws can be checked on it. */
export interface Supervised extends RestartRun {
  readonly reports: ReadonlyArray<TimedReport>
}

/**
 * Runs the real supervisor with one child that fails as the history says, and then runs on, in no time: the clock goes
 * on whenever nothing is left to do. To a supervisor a child is up as soon as it starts, so a start that takes a while
 * counts as ready time here, also one that fails. A policy that breaks is seen in the run, though the supervisor lives
 * with it. `originMillis` is what the clock says when the child is added; the times of the run are counted from there.
 */
export const superviseInVirtualTime = <S>(policy: Policy<S>, history: History, originMillis = 0): Supervised => {
  const time = new VirtualTime()
  time.advance(originMillis)
  const { broken, policy: told, states } = watched(policy, originMillis)
  const heard: Array<TimedReport> = []
  const lives = history.values()
  let current: Life | undefined
  const start = Effect.suspend(() => {
    current = lives.next().value
    if (current === undefined) return Effect.never
    const lasts = Effect.sleep(current.startMillis + (current.upMillis ?? 0))
    return Effect.andThen(lasts, Effect.fail("as the history says"))
  }).pipe(Effect.provideService(Clock.Clock, time.clock))
  const program = Effect.gen(function* () {
    const supervisor = yield* Supervisor.make({}, (report) => void heard.push({ at: time.now - originMillis, report }))
    yield* supervisor.add({ name: "child", restart: "permanent", policy: told, start })
    yield* Effect.never
  }).pipe(
    Effect.scoped,
    Effect.provideService(
      Clock.Clock,
      lateClock(time.clock, () => current?.lateMillis ?? 0)
    ),
    Effect.provideService(
      Random.Random,
      randomOf(() => current?.random ?? 0)
    ),
    Effect.provideService(References.CurrentLoggers, new Set())
  )
  const fiber = Effect.runFork(program, { scheduler: time.scheduler })
  time.advance(longest(history))
  const reports = [...heard]
  // The stop belongs to this function and not to the history.
  fiber.interruptUnsafe()
  time.settle()
  const brokenAt = broken()?.at ?? Infinity
  return {
    reports,
    lives: livesIn(reports, history).filter(({ downAt }) => downAt < brokenAt),
    broken: broken(),
    states,
    again: () => superviseInVirtualTime(policy, history, originMillis)
  }
}

/** Longer than any policy can make it. */
const longest = (history: History): number =>
  history.reduce(
    (sum, { lateMillis, startMillis, upMillis = 0 }) => sum + startMillis + upMillis + lateMillis + longestDelayMillis,
    0
  )

/** A clock on which whoever sleeps is woken too late. */
const lateClock = (clock: Clock.Clock, lateMillis: () => number): Clock.Clock => ({
  ...clock,
  sleep: (duration) => clock.sleep(Duration.millis(Duration.toMillis(duration) + lateMillis()))
})

const randomOf = (next: () => number): (typeof Random.Random)["Service"] => ({
  nextDoubleUnsafe: next,
  nextIntUnsafe: () => Math.floor(next() * Number.MAX_SAFE_INTEGER)
})

/** The lives that the reports tell of. */
const livesIn = (reports: ReadonlyArray<TimedReport>, history: History): ReadonlyArray<Lived> => {
  const starts = timesOf(reports, "Started")
  const ends = timesOf(reports, "Exited")
  const decisions = reports.flatMap(({ report }) => decisionIn(report))
  return history.flatMap((life, index) => {
    const [startedAt, nextAt] = starts.slice(index, index + 2)
    const [downAt, decision] = [ends[index], decisions[index]]
    if (startedAt === undefined || nextAt === undefined || downAt === undefined || decision === undefined) return []
    return [{ life, startedAt, readyAt: startedAt, downAt, decision, nextAt }]
  })
}

const timesOf = (reports: ReadonlyArray<TimedReport>, tag: ChildReport["_tag"]): ReadonlyArray<number> =>
  reports.filter(({ report }) => report._tag === tag).map(({ at }) => at)

const decisionIn = (report: ChildReport): ReadonlyArray<RestartDecision> => {
  if (report._tag === "RestartScheduled") {
    return [{ _tag: "Restart", attempt: report.attempt, delayMillis: report.delayMillis }]
  }
  if (report._tag !== "Quarantined") return []
  return [{ _tag: "Quarantine", reason: report.reason, retryMillis: report.retryMillis }]
}
