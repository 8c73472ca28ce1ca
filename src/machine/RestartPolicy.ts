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
  /** When the restarts of the window happen or happened; at most `intensity` of them. */
  readonly restarts: ReadonlyArray<number>
  /** Restarts since the backend was last ready for `stableMillis` on end: the exponent of the next delay. */
  readonly streak: number
  readonly readySince: number | undefined
}

export type RestartDecision =
  /** Start again after the delay; `attempt` counts from 1 within the streak. */
  | { readonly _tag: "Restart"; readonly delayMillis: number; readonly attempt: number }
  | { readonly _tag: "Quarantine"; readonly reason: string }

/** The most restarts a window may allow, hence the most times remembered for a backend. */
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
): { readonly state: RestartState; readonly decision: RestartDecision } => {
  const ended = onEnded(state, settings, now)
  const delayMillis = backoffMillis(settings, ended.streak, random)
  // Counted at the time the restart will happen: counted now, a long delay before a short one would squeeze one
  // restart too many into a window.
  const at = now + delayMillis
  const restarts = ended.restarts.filter((time) => time > at - settings.windowMillis)
  if (restarts.length >= settings.intensity) {
    const reason = `${restarts.length} restarts within ${settings.windowMillis / 1_000} s, the most allowed`
    return { state: { ...ended, restarts }, decision: { _tag: "Quarantine", reason } }
  }
  const attempt = ended.streak + 1
  return {
    state: { ...ended, restarts: [...restarts, at], streak: attempt },
    decision: { _tag: "Restart", delayMillis, attempt }
  }
}

/** The restart decided last really happens `now`: a late timer must not make the window look longer than it was. */
export const onRestarted = (state: RestartState, now: number): RestartState => {
  const planned = state.restarts.at(-1)
  return planned === undefined || planned >= now ? state : { ...state, restarts: [...state.restarts.slice(0, -1), now] }
}
