import type { RestartSettings } from "../domain/BackendSpec.ts"
import { backoffMillis } from "./Backoff.ts"
import { between, jitterBound, longestMillis, notBelow, wholeBetween } from "./Bounds.ts"

/**
 * When a backend that went down is started again, and when no more (design, "Backend", restart). After Erlang/OTP's
 * intensity and period: more than `intensity` restarts in `windowMillis` is no accident any more.
 *
 * `now` is in milliseconds of one clock that does not run backwards.
 */
export interface RestartState {
  /** When the restarts of the window happened, at most `intensity` of them; last the one that is planned. */
  readonly restarts: ReadonlyArray<number>
  /** Restarts since the backend was last ready for `stableMillis` on end: the exponent of the next delay. */
  readonly streak: number
  readonly readySince: number | undefined
}

export type RestartDecision =
  /** Start again after the delay; `attempt` counts from 1 within the streak. */
  | { readonly _tag: "Restart"; readonly delayMillis: number; readonly attempt: number }
  /** Leave it alone; try it once more in `retryMillis`. */
  | { readonly _tag: "Quarantine"; readonly reason: string; readonly retryMillis: number }

/** What a policy makes of a child that went down. */
export interface Verdict<S> {
  readonly state: S
  readonly decision: RestartDecision
}

/**
 * A restart policy as a value: what a supervisor asks about a child. It holds nothing: what it remembers is in its state,
 * and what it decides depends on state, `now` and `random` alone, so a history can be played again and gives the same.
 *
 * `now` is in milliseconds of one clock that does not run backwards, `random` in [0, 1).
 */
export interface Policy<S> {
  /** For reports: `policy "name" broke`. */
  readonly name: string
  /** Of a child that was never down, or that was started by hand. */
  readonly initial: S
  /** The child is up from `now` on. */
  readonly onReady: (state: S, now: number) => S
  /** It went down, or did not come up. */
  readonly onDown: (state: S, now: number, random: number) => Verdict<S>
  /** The restart decided last really happens `now`, a little late perhaps. Not called for the try after a quarantine. */
  readonly onRestarted: (state: S, now: number) => S
}

/** The most restarts a window may allow; hence the most times remembered for a backend, and one that is planned. */
export const maxIntensity = 1_000

/** The largest factor by which a delay may grow. */
export const maxFactor = 10

/** Which bound the settings break, in words, or undefined if none. The machine is defined for valid settings only. */
export const validate = (settings: RestartSettings): string | undefined =>
  between("baseMillis", settings.baseMillis, 1, longestMillis) ??
  between("factor", settings.factor, 1, maxFactor) ??
  between("capMillis", settings.capMillis, 1, longestMillis) ??
  notBelow("capMillis", settings.capMillis, "baseMillis", settings.baseMillis) ??
  jitterBound(settings.jitter) ??
  wholeBetween("intensity", settings.intensity, 0, maxIntensity) ??
  between("windowMillis", settings.windowMillis, 1, longestMillis) ??
  between("stableMillis", settings.stableMillis, 0, longestMillis) ??
  between("slowRetryMillis", settings.slowRetryMillis, 1, longestMillis)

/** The longest delay a decision may ask for, milliseconds: a Node timer holds no more, and fires at once. */
export const longestDelayMillis = 2_147_483_647

/**
 * What is wrong with a decision, in words, or undefined. It comes from a policy that others wrote, so it may be anything.
 * A delay of nothing would be a crash loop without a pause.
 */
export const decisionProblem = (decision: unknown): string | undefined => {
  if (!isObject(decision)) return `the decision must be an object, but is ${inWords(decision)}`
  const { _tag, attempt, delayMillis, reason, retryMillis } = decision
  switch (_tag) {
    case "Restart":
      return delayProblem("delayMillis", delayMillis) ?? attemptProblem(attempt)
    case "Quarantine":
      return delayProblem("retryMillis", retryMillis) ?? reasonProblem(reason)
    default:
      return `_tag must be "Restart" or "Quarantine", but is ${inWords(_tag)}`
  }
}

/** What is wrong with what `onDown` answered, in words, or undefined. */
export const verdictProblem = (verdict: unknown): string | undefined => {
  if (!isObject(verdict)) return `onDown must answer { state, decision }, but answers ${inWords(verdict)}`
  return "state" in verdict ? decisionProblem(verdict["decision"]) : "onDown must answer a state, but there is none"
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const delayProblem = (name: string, millis: unknown): string | undefined =>
  typeof millis === "number" && millis > 0 && millis <= longestDelayMillis
    ? undefined
    : `${name} must be above 0 and at most ${longestDelayMillis}, but is ${inWords(millis)}`

const attemptProblem = (attempt: unknown): string | undefined =>
  Number.isSafeInteger(attempt) && Number(attempt) >= 1
    ? undefined
    : `attempt must be a whole number from 1, but is ${inWords(attempt)}`

const reasonProblem = (reason: unknown): string | undefined =>
  typeof reason === "string" ? undefined : `reason must be a text, but is ${inWords(reason)}`

const inWords = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value)
  if (typeof value === "bigint") return `${value}n`
  return typeof value === "object" && value !== null ? "an object" : String(value)
}

export const initial: RestartState = { restarts: [], streak: 0, readySince: undefined }

/** Everything forgotten: by hand, or because the backend's configuration changed. */
export const reset = (): RestartState => initial

/** The backend is ready from `now` on. */
export const onReady = (state: RestartState, now: number): RestartState =>
  state.readySince === undefined ? { ...state, readySince: now } : state

/** The backend is no longer ready, for whatever reason. Only a long enough ready time ends the streak (INV-19). */
export const onEnded = (state: RestartState, settings: RestartSettings, now: number): RestartState => {
  if (state.readySince === undefined) return state
  const stable = now - state.readySince >= settings.stableMillis
  return { ...state, streak: stable ? 0 : state.streak, readySince: undefined }
}

/** The backend went down, or did not come up: start it again, or quarantine it (INV-13, INV-14). */
export const onDown = (
  state: RestartState,
  settings: RestartSettings,
  now: number,
  random: number
): Verdict<RestartState> => {
  const ended = onEnded(state, settings, now)
  const delayMillis = backoffMillis(settings, ended.streak, random)
  // Counted at the time the restart will happen: counted now, a long delay before a short one would squeeze one
  // restart too many into a window.
  const at = now + delayMillis
  // One planned for later than now was called off, and what it would have put out of the window counts again. So nothing
  // is forgotten for the sake of a plan, only for what has passed.
  const restarts = ended.restarts.filter((time) => time <= now && time > now - settings.windowMillis)
  const counted = restarts.filter((time) => time > at - settings.windowMillis).length
  if (counted >= settings.intensity) {
    const reason = `${counted} restarts within ${settings.windowMillis / 1_000} s, the most allowed`
    return { state: { ...ended, restarts }, decision: quarantine(reason, settings) }
  }
  const attempt = ended.streak + 1
  return {
    state: { ...ended, restarts: [...restarts, at], streak: attempt },
    decision: { _tag: "Restart", delayMillis, attempt }
  }
}

/**
 * The restart decided last really happens `now`: a late timer must not make the window look longer than it was, nor an
 * early one pass for a restart that was called off.
 */
export const onRestarted = (state: RestartState, now: number): RestartState => {
  const planned = state.restarts.at(-1)
  return planned === undefined || planned === now
    ? state
    : { ...state, restarts: [...state.restarts.slice(0, -1), now] }
}

/** The state of the policy that `of` makes. */
export interface ProbationState {
  readonly restart: RestartState
  /** It runs by grace of a slow retry: until it has been up for `stableMillis`, one failure is enough. */
  readonly onProbation: boolean
}

/** The gateway's own policy with these settings. Throws a RangeError that names the bound which they break. */
export const of = (settings: RestartSettings): Policy<ProbationState> => {
  const problem = validate(settings)
  if (problem !== undefined) throw new RangeError(problem)
  return {
    name: "intensity and backoff",
    initial: { restart: initial, onProbation: false },
    onReady: (state, now) => ({ ...state, restart: onReady(state.restart, now) }),
    onRestarted: (state, now) => ({ ...state, restart: onRestarted(state.restart, now) }),
    onDown: ({ onProbation, restart }, now, random) => {
      const upMillis = now - (restart.readySince ?? now)
      if (onProbation && upMillis < settings.stableMillis) {
        const decision = quarantine("it failed again when it was retried", settings)
        return { state: { restart: onEnded(restart, settings, now), onProbation }, decision }
      }
      const { decision, state } = onDown(restart, settings, now, random)
      return { state: { restart: state, onProbation: decision._tag === "Quarantine" }, decision }
    }
  }
}

const quarantine = (reason: string, { slowRetryMillis }: RestartSettings): RestartDecision => ({
  _tag: "Quarantine",
  reason,
  retryMillis: slowRetryMillis
})
