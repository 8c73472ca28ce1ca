/** What this gateway must reach, and whether it does. */
import { backendDefaults } from "../../../src/domain/BackendSpec.ts"
import type { Cell } from "./cell.ts"
import { faults } from "./faults.ts"
import type { Round } from "./round.ts"
import { spreadOf, spreadText, timeText } from "./spread.ts"
import { health, isOurs, timeoutSeconds, type TargetName } from "./targets.ts"

export interface Verdict {
  readonly target: TargetName
  readonly what: string
  readonly limit: string
  readonly measured: string
  readonly met: boolean
}

/** Between the caller and the gateway's deadline timer lie two pipes and a busy machine. */
const deadlineSlackMillis = 50
const errorMillis = 50
const againMillis = 1_000
/** To spawn a small server, to shake hands with it and to list its tools. */
const startMillis = 200

const { jitter } = backendDefaults.health
const restart = backendDefaults.restart

/**
 * For each probe that may be missed its interval at its longest and its timeout. They do not come back to back: a server
 * that works on a long call without looking up must not be taken for one that hangs.
 */
const healthMillis = health.misses * (health.intervalSeconds * (1 + jitter) + health.timeoutSeconds) * 1_000
const replacedMillis = healthMillis + restart.baseMillis * (1 + restart.jitter) + startMillis

interface Bar {
  readonly fault: string
  readonly what: string
  readonly valueOf: (round: Round) => number | undefined
  /** What is judged: a median, or each single round. */
  readonly judged: "median" | "max"
  readonly limitMillis: number
}

const bars: ReadonlyArray<Bar> = [
  {
    fault: "SIGKILL",
    what: "SIGKILL: error to the caller",
    valueOf: ({ answer, answerMillis }) => (answer._tag === "Error" ? answerMillis : undefined),
    judged: "median",
    limitMillis: errorMillis
  },
  {
    fault: "SIGKILL",
    what: "SIGKILL: next call succeeds",
    valueOf: ({ recoveryMillis }) => recoveryMillis,
    judged: "median",
    limitMillis: againMillis
  },
  {
    fault: "SIGSTOP: it hangs",
    what: "SIGSTOP: answered by the deadline, counted from the call",
    valueOf: ({ sinceSentMillis }) => sinceSentMillis,
    judged: "max",
    limitMillis: timeoutSeconds * 1_000 + deadlineSlackMillis
  },
  {
    fault: "SIGSTOP: it hangs",
    what: "SIGSTOP: the hung process ended within health time",
    valueOf: ({ endedMillis }) => endedMillis,
    judged: "max",
    limitMillis: healthMillis
  },
  {
    fault: "SIGSTOP: it hangs",
    what: "SIGSTOP: its successor started, a restart delay later",
    valueOf: ({ replacedMillis }) => replacedMillis,
    judged: "max",
    limitMillis: replacedMillis
  }
]

const judge = (bar: Bar, { rounds, target }: Cell): Verdict => {
  const spread = spreadOf(rounds.map(bar.valueOf))
  return {
    target,
    what: bar.what,
    limit: `${bar.judged === "max" ? "each" : "median"} below ${timeText(bar.limitMillis)}`,
    measured: spreadText(spread, "never"),
    met: spread.missing === 0 && spread[bar.judged] < bar.limitMillis
  }
}

/** Of all rows together. */
const countsOf = (target: TargetName, cells: ReadonlyArray<Cell>): ReadonlyArray<Verdict> => {
  const rounds = cells.flatMap(({ rounds }) => rounds)
  const count = (what: string, value: number): Verdict => ({
    target,
    what,
    limit: "none",
    measured: `${value} of ${rounds.length}`,
    met: value === 0
  })
  return [
    count("calls that got no answer", rounds.filter(({ answer }) => answer._tag === "Nothing").length),
    count("calls that reached the server twice", rounds.filter(({ doubled }) => doubled > 0).length),
    count("replies to the caller that it did not wait for", rounds.filter(({ strays }) => strays > 0).length),
    count("times that a process outlived the gateway", cells.filter(({ leftovers }) => leftovers > 0).length)
  ]
}

for (const { fault } of bars) {
  if (!faults.some(({ name }) => name === fault))
    throw new Error(`a bar is for "${fault}", and no fault is called that`)
}

/** For the cells that were measured. */
export const judgeAll = (cells: ReadonlyArray<Cell>): ReadonlyArray<Verdict> => {
  const ours = cells.filter(({ rounds, target }) => isOurs(target) && rounds.length > 0)
  const targets = [...new Set(ours.map(({ target }) => target))]
  return targets.flatMap((target) => {
    const own = ours.filter((cell) => cell.target === target)
    const judged = bars.flatMap((bar) => own.filter(({ fault }) => fault === bar.fault).map((cell) => judge(bar, cell)))
    return [...judged, ...countsOf(target, own)]
  })
}
