import type { Policy, RestartDecision } from "../../machine/RestartPolicy.ts"
import { brokenWords, watched, type Broken } from "./Broken.ts"
import { words } from "./Millis.ts"
import type { History, Life } from "./Outages.ts"
import type { StateAt } from "./StateSize.ts"

/** One life as it went, and what was decided at its end. Times are milliseconds since the first life began. */
export interface Lived {
  readonly life: Life
  readonly startedAt: number
  /** Undefined: it never came up. */
  readonly readyAt: number | undefined
  readonly downAt: number
  readonly decision: RestartDecision
  /** When the next life began, or would have. */
  readonly nextAt: number
}

/** What became of a child under a policy: what laws about restarts are checked on. */
export interface RestartRun {
  readonly lives: ReadonlyArray<Lived>
  /** The policy threw, or answered what nobody can carry out; `lives` are those before. */
  readonly broken?: Broken | undefined
  /** What the policy remembered, in the order it did. */
  readonly states?: ReadonlyArray<StateAt> | undefined
  /** The same history once more, from the beginning. */
  readonly again: () => RestartRun
}

/** How long a decision leaves the child alone, milliseconds. */
export const waitOf = (decision: RestartDecision): number =>
  decision._tag === "Restart" ? decision.delayMillis : decision.retryMillis

/**
 * Plays a history to a policy alone, without waiting; it ends early where the policy breaks. `originMillis` is what the
 * policy's clock says when the first life begins; the times of the run are counted from there.
 */
export const playPolicy = <S>(policy: Policy<S>, history: History, originMillis = 0): RestartRun => {
  const lives: Array<Lived> = []
  const { broken, policy: told, states } = watched(policy, originMillis)
  try {
    playInto(lives, told, history, originMillis, () => broken() !== undefined)
  } catch (error) {
    if (broken() === undefined) throw error
  }
  return { lives, broken: broken(), states, again: () => playPolicy(policy, history, originMillis) }
}

const playInto = <S>(
  lives: Array<Lived>,
  policy: Policy<S>,
  history: History,
  originMillis: number,
  isBroken: () => boolean
): void => {
  let state = policy.initial
  let now = 0
  for (const life of history) {
    const startedAt = now
    if (lives.at(-1)?.decision._tag === "Restart") state = policy.onRestarted(state, originMillis + now)
    now += life.startMillis
    const readyAt = life.upMillis === undefined ? undefined : now
    if (readyAt !== undefined) state = policy.onReady(state, originMillis + readyAt)
    now += life.upMillis ?? 0
    const downAt = now
    const verdict = policy.onDown(state, originMillis + now, life.random)
    if (isBroken()) return
    state = verdict.state
    now += Math.ceil(waitOf(verdict.decision)) + life.lateMillis
    lives.push({ life, startedAt, readyAt, downAt, decision: verdict.decision, nextAt: now })
  }
}

/** A run for people, one line a life. */
export const restartLines = ({ broken, lives }: RestartRun): ReadonlyArray<string> => [
  ...lives.map((lived, at) => `${at + 1}. ${lifeLine(lived)}: ${decisionWords(lived.decision)}${asides(lived.life)}`),
  ...(broken === undefined ? [] : [`${lives.length + 1}. ${brokenWords(broken)}`])
]

const lifeLine = ({ downAt, readyAt, startedAt }: Lived): string => {
  if (readyAt === undefined) return `starts at ${words(startedAt)}, fails at ${words(downAt)}`
  const up =
    readyAt === startedAt ? `up at ${words(startedAt)}` : `starts at ${words(startedAt)}, up at ${words(readyAt)}`
  return `${up}, down at ${words(downAt)}`
}

const decisionWords = (decision: RestartDecision): string =>
  decision._tag === "Restart"
    ? `restart ${decision.attempt} in ${words(decision.delayMillis)}`
    : `quarantined for ${words(decision.retryMillis)}, ${decision.reason}`

const asides = ({ lateMillis, random }: Life): string =>
  (lateMillis === 0 ? "" : `, begun ${words(lateMillis)} late`) + (random === 0.5 ? "" : ` (random: ${random})`)
