import type { Policy } from "../../machine/RestartPolicy.ts"
import { assertPassed, assertTrial, check, type Checked, type CheckOptions, type Subject } from "./Check.ts"
import { brinks } from "./Brinks.ts"
import { edges } from "./Edges.ts"
import { demandLength, demandMarks, demandsOf, lengthOf } from "./Limits.ts"
import { historyData, livesAtMost, outages, simplerHistories, type History, type OutageOptions } from "./Outages.ts"
import { restartLaws, type RestartLaw } from "./RestartLaws.ts"
import { playPolicy, restartLines, type RestartRun } from "./RestartRun.ts"

/** Plays a history to a policy whose clock says `originMillis` when it begins. */
export type PlayPolicy = <S>(policy: Policy<S>, history: History, originMillis: number) => RestartRun

export interface PolicyCheckOptions extends CheckOptions, OutageOptions {
  /** What a history is played on: the policy alone (default), or `superviseInVirtualTime`. */
  readonly play?: PlayPolicy
}

/**
 * Plays generated histories to a policy and checks the laws on each, and always that its decisions can be carried out
 * and repeated. The first broken law ends it, with the shortest history found that breaks it. Nothing is waited for, so
 * a policy that never returns is waited for in vain. Throws a RangeError that names an option out of its bounds.
 */
export const checkPolicy = <S>(
  policy: Policy<S>,
  laws: ReadonlyArray<RestartLaw>,
  options: PolicyCheckOptions = {}
): Checked<History> => {
  const all = [...always, ...laws]
  return check(subjectOf(policy, all, options), all, options)
}

/** As `checkPolicy`; throws an Error that tells the failure, with what the policy threw as its cause. */
export const assertPolicy = <S>(
  policy: Policy<S>,
  laws: ReadonlyArray<RestartLaw>,
  options: PolicyCheckOptions = {}
): void => assertPassed(checkPolicy(policy, laws, options))

export interface HistoryOptions {
  /** What the policy's clock says when the history begins, milliseconds; default 0. */
  readonly originMillis?: number
  /** As for `checkPolicy`. */
  readonly play?: PlayPolicy
}

/** Plays this one history and checks the laws on it, as `assertPolicy` does: keeps a failure that was once found. */
export const assertHistory = <S>(
  policy: Policy<S>,
  laws: ReadonlyArray<RestartLaw>,
  history: History,
  { originMillis = 0, ...options }: HistoryOptions = {}
): void => {
  const all = [...always, ...laws]
  assertTrial(subjectOf(policy, all, options), all, { history, originMillis })
}

const always = [restartLaws.sound, restartLaws.repeatable]

const subjectOf = <S>(
  policy: Policy<S>,
  laws: ReadonlyArray<RestartLaw>,
  options: PolicyCheckOptions
): Subject<History, RestartRun> => {
  const demands = demandsOf(laws, livesAtMost)
  const { lives = demands.length, play = playPolicy } = options
  const soak = options.lives === undefined ? demands.soak : 0
  const marks = [...(options.marks ?? []), ...demands.marks]
  demandLength("lives", lives)
  demandMarks(marks)
  return {
    title: `policy "${policy.name}"`,
    generate: (chance) => outages(chance, { lives: lengthOf(chance, lives, soak), marks }),
    nearby: function* ({ history, originMillis }, run, chance) {
      yield* edges(history, run, marks, chance)
      yield* brinks(history, run, marks, chance, (other) => lastDecision(playPolicy(policy, other, originMillis)))
    },
    simpler: simplerHistories,
    play: ({ history, originMillis }) => play(policy, history, originMillis),
    cause: ({ broken }) => broken?.cause,
    lines: restartLines,
    replay: (replayed, { history, originMillis }) => [
      `Replay, with the same laws: checkPolicy(policy, laws, { ${[replayed, ...asOptions(options)].join(", ")} })`,
      "Or this history alone: assertHistory(policy, laws, [",
      historyData(history)
        .map((life) => `  ${life}`)
        .join(",\n"),
      `]${historyOptions(originMillis, options)})`
    ]
  }
}

/** What was decided last, but for what depends on the time by itself. */
const lastDecision = ({ broken, lives }: RestartRun): string => {
  const decision = lives.at(-1)?.decision
  if (broken !== undefined || decision === undefined) return "none"
  return decision._tag === "Restart" ? `restart ${decision.attempt} in ${decision.delayMillis}` : "quarantine"
}

/** Without these the same seed makes other histories. */
const asOptions = ({ lives, marks, play }: PolicyCheckOptions): ReadonlyArray<string> => [
  ...(lives === undefined ? [] : [`lives: ${lives}`]),
  ...(marks === undefined ? [] : [`marks: ${JSON.stringify(marks)}`]),
  ...(play === undefined ? [] : ["play"])
]

const historyOptions = (originMillis: number, { play }: PolicyCheckOptions): string => {
  const parts = [
    ...(originMillis === 0 ? [] : [`originMillis: ${originMillis}`]),
    ...(play === undefined ? [] : ["play"])
  ]
  return parts.length === 0 ? "" : `, { ${parts.join(", ")} }`
}
