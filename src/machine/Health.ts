import type { HealthSettings } from "../domain/BackendSpec.ts"
import { jittered } from "./Backoff.ts"
import { between, jitterBound, longestMillis, wholeBetween } from "./Bounds.ts"

/**
 * Whether a backend answers, with hysteresis (design, "Backend", health): one lost probe takes nothing down, one lucky
 * answer brings nothing back. `unproven` until the first sign of life.
 */
export interface HealthState {
  readonly status: "unproven" | "up" | "down"
  /** Results in a row that speak against the status: misses while up or unproven, hits while down. */
  readonly against: number
  /** When it last answered, milliseconds; what a status page says instead of "connected". */
  readonly lastProvenAt: number | undefined
}

/** `hit`: it answered a probe, or any call, be it with an error. `miss`: a probe went unanswered for `timeoutMillis`. */
export type ProbeResult = "hit" | "miss"

/** The most probes a setting may ask for in a row. */
export const maxProbes = 1_000

/** Which bound the settings break, in words, or undefined if none. */
export const validate = (settings: HealthSettings): string | undefined =>
  between("intervalMillis", settings.intervalMillis, 1, longestMillis) ??
  jitterBound(settings.jitter) ??
  between("timeoutMillis", settings.timeoutMillis, 1, longestMillis) ??
  wholeBetween("misses", settings.misses, 1, maxProbes) ??
  wholeBetween("hits", settings.hits, 1, maxProbes)

export const initial: HealthState = { status: "unproven", against: 0, lastProvenAt: undefined }

/** What one result makes of the state. Returns the same state when nothing changes. */
export const step = (state: HealthState, result: ProbeResult, settings: HealthSettings, now: number): HealthState =>
  result === "hit" ? hit(state, settings, now) : miss(state, settings)

/** The change of status between two states, for logs and for killing a child that hangs; undefined if none. */
export const transition = (before: HealthState, after: HealthState): "up" | "down" | undefined =>
  before.status === after.status || after.status === "unproven" ? undefined : after.status

/** Whether a probe would tell anything new: not while the backend is up and answered less than an interval ago. */
export const probeNeeded = (state: HealthState, settings: HealthSettings, now: number): boolean =>
  state.status !== "up" || state.lastProvenAt === undefined || now - state.lastProvenAt >= settings.intervalMillis

/** Milliseconds until the next probe; `random` in [0, 1). */
export const nextProbeDelay = (settings: HealthSettings, random: number): number =>
  jittered(settings.intervalMillis, settings.jitter, random)

const hit = (state: HealthState, settings: HealthSettings, now: number): HealthState => {
  if (state.status === "down" && state.against + 1 < settings.hits) {
    return { status: "down", against: state.against + 1, lastProvenAt: now }
  }
  return state.status === "up" && state.against === 0 && state.lastProvenAt === now
    ? state
    : { status: "up", against: 0, lastProvenAt: now }
}

const miss = (state: HealthState, settings: HealthSettings): HealthState => {
  if (state.status === "down") return state.against === 0 ? state : { ...state, against: 0 }
  const against = state.against + 1
  return against >= settings.misses ? { ...state, status: "down", against: 0 } : { ...state, against }
}
