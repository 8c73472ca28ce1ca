/**
 * One round: a session with every target is open at once, and each kind of load goes through all of them in turn, so that
 * what drifts on the machine (clock, neighbours) meets all alike. A target that fails drops out of the round.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { onOneCore } from "./cores.ts"
import { seriesNames, type Effort, type SeriesName } from "./effort.ts"
import type { Opening } from "./handshake.ts"
import { residentMemoryOf, type ResidentMemory } from "./process-cost.ts"
import { sampleOf, type Sample } from "./sample.ts"
import { closeConcurrency, closeSession, measureBurst, measureSlice, openSession } from "./session.ts"
import { warmUp, warmUpConcurrency } from "./session.ts"
import type { Concurrency, Session } from "./session.ts"
import { startOnce } from "./starts.ts"
import type { Target, TargetName } from "./targets.ts"
import type { Workshop } from "./workshop.ts"

const idleMillis = 2_000
/** Part of a series' calls that is made before and does not count. */
const warmUpFraction = 0.2
/** Part of the calls that a peer gets. */
const peerShare = 0.3

export interface Round {
  readonly samples: ReadonlyMap<TargetName, Sample>
  readonly failures: ReadonlyMap<TargetName, string>
}

/** Runs work for one target after the other, and leaves out those that have failed. */
const inTurn = (targets: ReadonlyArray<Target>) => {
  const failures = new Map<TargetName, string>()
  const each = async <A>(work: (target: Target) => Promise<A>, first = 0): Promise<Map<TargetName, A>> => {
    const answers = new Map<TargetName, A>()
    const rotated = [...targets.slice(first), ...targets.slice(0, first)]
    for (const target of rotated.filter(({ name }) => !failures.has(name))) {
      try {
        answers.set(target.name, await work(target))
      } catch (cause) {
        failures.set(target.name, cause instanceof Error ? cause.message : String(cause))
      }
    }
    return answers
  }
  return { each, failures }
}

/** What `each` step of a round has found, by target. */
interface Findings {
  readonly sessions: Map<TargetName, Session>
  readonly idle: Map<TargetName, ResidentMemory>
  readonly concurrency: Map<TargetName, Concurrency>
  readonly leftBehind: Map<TargetName, number>
  readonly cached: Map<TargetName, Array<Opening>>
  readonly cold: Map<TargetName, Array<Opening>>
}

const shareOf = ({ target }: Session, calls: number) => Math.ceil(target.isPeer ? calls * peerShare : calls)

const need = <A>(found: ReadonlyMap<TargetName, A>, { name }: Target): A => {
  const value = found.get(name)
  if (value === undefined) throw new Error(`${name} was not measured`)
  return value
}

export const measureRound = async (
  targets: ReadonlyArray<Target>,
  effort: Effort,
  workshop: Workshop
): Promise<Round> => {
  const { each, failures } = inTurn(targets)
  const stateDirs = new Map(targets.map(({ name }) => [name, workshop.freshStateDir()]))
  const sessions = await each((target) => openSession(target, need(stateDirs, target)))
  try {
    const ofSession = <A>(work: (session: Session) => Promise<A>, first = 0) =>
      each((target) => work(need(sessions, target)), first)

    await sleep(idleMillis)
    const idle = await ofSession(async ({ client }) => residentMemoryOf(client.pid))
    await ofSession((session) => warmUp(session, "small", shareOf(session, effort.warmUpCalls)))
    const measureSeries = async (series: SeriesName) => {
      const { slices, calls } = effort.series[series]
      const ofAble = (work: (session: Session) => Promise<void>, first = 0) =>
        ofSession(async (session) => (session.target.without.includes(series) ? undefined : work(session)), first)
      await ofAble((session) => warmUp(session, series, shareOf(session, slices * calls * warmUpFraction)))
      for (let slice = 0; slice < slices; slice++) {
        await ofAble((session) => measureSlice(session, series, shareOf(session, calls)), slice % targets.length)
      }
    }
    await onOneCore(() => measureSeries("smallOneCore"))
    await measureSeries("small")
    const { calls, slices } = effort.concurrent
    await ofSession((session) => warmUpConcurrency(session, shareOf(session, effort.warmUpCalls)))
    for (let slice = 0; slice < slices; slice++) {
      await ofSession((session) => measureBurst(session, shareOf(session, calls)), slice % targets.length)
    }
    const concurrency = await ofSession((session) => closeConcurrency(session, effort.with256 ? slices * calls : 0))
    for (const series of seriesNames.filter((name) => !name.startsWith("small"))) await measureSeries(series)
    const leftBehind = await ofSession(closeSession)

    const cached = new Map(targets.map(({ name }): [TargetName, Array<Opening>] => [name, []]))
    const cold = new Map(targets.map(({ name }): [TargetName, Array<Opening>] => [name, []]))
    for (let start = 0; start < effort.starts; start++) {
      await each(async (target) => {
        need(cached, target).push(await startOnce(target, need(stateDirs, target)))
        if (target.hasState) need(cold, target).push(await startOnce(target, workshop.freshStateDir()))
      })
    }
    const findings: Findings = { sessions, idle, concurrency, leftBehind, cached, cold }
    return { samples: await each(async (target) => sampleFrom(findings, target)), failures }
  } finally {
    await Promise.all([...sessions.values()].map(({ client }) => client.close()))
  }
}

const sampleFrom = (found: Findings, target: Target): Sample =>
  sampleOf({
    micros: need(found.sessions, target).micros,
    idle: need(found.idle, target),
    concurrency: need(found.concurrency, target),
    leftBehind: need(found.leftBehind, target),
    cached: need(found.cached, target),
    cold: need(found.cold, target)
  })
