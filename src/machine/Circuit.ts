import type { CircuitSettings } from "../domain/BackendSpec.ts"
import { backoffMillis } from "./Backoff.ts"
import { between, jitterBound, longestMillis, notBelow, wholeBetween } from "./Bounds.ts"
import * as FailureWindow from "./FailureWindow.ts"

/**
 * A circuit breaker (design, "Backend", circuit): it stops calling a backend that fails, and asks it again one call at
 * a time. Only closed>open, open>half-open, half-open>closed, half-open>open, and isolate and restore by hand (INV-20).
 *
 * `epoch` grows with every change of state and with every half-open probe. A permit carries it, so a result that comes
 * after the state has moved on changes nothing (INV-23).
 */
export type CircuitState = Closed | Open | HalfOpen | Isolated

export interface Closed {
  readonly _tag: "Closed"
  readonly epoch: number
  /** Failures since the last success. */
  readonly consecutive: number
  readonly window: FailureWindow.FailureWindow
}

export interface Open {
  readonly _tag: "Open"
  readonly epoch: number
  readonly until: number
  /** How often it opened since it was last closed, from 1. */
  readonly openings: number
}

export interface HalfOpen {
  readonly _tag: "HalfOpen"
  readonly epoch: number
  readonly openings: number
  readonly successes: number
  /** Whether the one permit is out. */
  readonly probing: boolean
}

/** Taken out by hand; nothing but `restore` ends it. */
export interface Isolated {
  readonly _tag: "Isolated"
  readonly epoch: number
}

/** The right to make one call. Give it back exactly once, with `record` or `release`. */
export interface Permit {
  readonly epoch: number
}

export type Admission =
  | { readonly _tag: "Admitted"; readonly state: CircuitState; readonly permit: Permit }
  | {
      readonly _tag: "Refused"
      readonly state: CircuitState
      readonly cause: "open" | "probing" | "isolated"
      /** When asking again may help; unknown while isolated. */
      readonly retryAfterMs: number | undefined
    }

/** How a call ended, to the circuit. `ignored`: it says nothing about the backend's health (design, "what counts as failure"). */
export type CallResult = "success" | "failure" | "ignored"

/** Where a circuit stands. */
export type Phase = CircuitState["_tag"]

/** A circuit breaker as a value, whatever its state is; every function is pure. `of` makes the gateway's own. */
export interface Breaker<S, P> {
  readonly name: string
  readonly initial: S
  readonly phase: (state: S) => Phase
  /** May a call go out `now`? */
  readonly admit: (
    state: S,
    now: number
  ) =>
    | { readonly _tag: "Admitted"; readonly state: S; readonly permit: P }
    | { readonly _tag: "Refused"; readonly state: S }
  /** Takes back a permit with what became of its call. */
  readonly record: (state: S, permit: P, result: CallResult, now: number, random: number) => S
  /** Takes back a permit of a call that says nothing. */
  readonly release: (state: S, permit: P) => S
  readonly isolate: (state: S) => S
  readonly restore: (state: S) => S
}

/** What a caller is told to wait while the half-open probe is out; nobody knows when it returns. */
export const probeRetryMillis = 1_000

/** The most calls a setting may ask for: consecutive failures, calls of a window, successful probes. */
export const maxCount = 1_000_000

/** The largest factor by which an opening time may grow. */
export const maxOpenFactor = 10

/** Which bound the settings break, in words, or undefined if none. The machine is defined for valid settings only. */
export const validate = (settings: CircuitSettings): string | undefined =>
  wholeBetween("threshold", settings.threshold, 1, maxCount) ??
  between("failureRate", settings.failureRate, 0.001, 1) ??
  wholeBetween("minimumCalls", settings.minimumCalls, 1, maxCount) ??
  between("windowMillis", settings.windowMillis, FailureWindow.bucketCount, longestMillis) ??
  between("openMillis", settings.openMillis, 1, longestMillis) ??
  between("openFactor", settings.openFactor, 1, maxOpenFactor) ??
  between("openCapMillis", settings.openCapMillis, 1, longestMillis) ??
  notBelow("openCapMillis", settings.openCapMillis, "openMillis", settings.openMillis) ??
  jitterBound(settings.jitter) ??
  wholeBetween("successes", settings.successes, 1, maxCount)

export const initial: CircuitState = { _tag: "Closed", epoch: 0, consecutive: 0, window: FailureWindow.empty }

/** May a call go out `now`? An open circuit whose time is over becomes half-open by the first that asks. */
export const admit = (state: CircuitState, now: number): Admission => {
  switch (state._tag) {
    case "Closed":
      return { _tag: "Admitted", state, permit: { epoch: state.epoch } }
    case "Open":
      return now < state.until
        ? { _tag: "Refused", state, cause: "open", retryAfterMs: Math.ceil(state.until - now) }
        : probe(state.epoch + 1, state.openings, 0)
    case "HalfOpen":
      return state.probing
        ? { _tag: "Refused", state, cause: "probing", retryAfterMs: probeRetryMillis }
        : probe(state.epoch + 1, state.openings, state.successes)
    case "Isolated":
      return { _tag: "Refused", state, cause: "isolated", retryAfterMs: undefined }
  }
}

/** Takes back a permit with what became of its call. Returns the same state when nothing changes. */
export const record = (
  state: CircuitState,
  permit: Permit,
  result: CallResult,
  settings: CircuitSettings,
  now: number,
  random: number
): CircuitState => {
  if (permit.epoch !== state.epoch) return state
  switch (state._tag) {
    case "Closed":
      if (result === "ignored") return state
      return result === "success" ? succeed(state, settings, now) : fail(state, settings, now, random)
    case "HalfOpen":
      return state.probing ? probed(state, result, settings, now, random) : state
    case "Open":
    case "Isolated":
      return state
  }
}

/** Takes back a permit of a call that never went out or was interrupted: it says nothing about the backend (INV-25). */
export const release = (state: CircuitState, permit: Permit): CircuitState =>
  state._tag === "HalfOpen" && state.probing && state.epoch === permit.epoch ? { ...state, probing: false } : state

/** Takes the backend out by hand, from any state. */
export const isolate = (state: CircuitState): CircuitState =>
  state._tag === "Isolated" ? state : { _tag: "Isolated", epoch: state.epoch + 1 }

/** Ends an isolation by hand; any other state stays. */
export const restore = (state: CircuitState): CircuitState =>
  state._tag === "Isolated" ? closed(state.epoch + 1) : state

const closed = (epoch: number): Closed => ({ _tag: "Closed", epoch, consecutive: 0, window: FailureWindow.empty })

/** Each probe has an epoch of its own, so a permit given back twice cannot end the probe of another. */
const probe = (epoch: number, openings: number, successes: number): Admission => ({
  _tag: "Admitted",
  state: { _tag: "HalfOpen", epoch, openings, successes, probing: true },
  permit: { epoch }
})

const open = (
  epoch: number,
  openings: number,
  { jitter, openCapMillis, openFactor, openMillis }: CircuitSettings,
  now: number,
  random: number
): Open => {
  const backoff = { baseMillis: openMillis, factor: openFactor, capMillis: openCapMillis, jitter }
  return { _tag: "Open", epoch, openings, until: now + backoffMillis(backoff, openings - 1, random) }
}

const succeed = (state: Closed, settings: CircuitSettings, now: number): CircuitState => {
  const window = FailureWindow.add(state.window, settings, now, false)
  if (window === state.window && state.consecutive === 0) return state
  return { _tag: "Closed", epoch: state.epoch, consecutive: 0, window }
}

/** Only a failure is weighed against the rate: that a success opens a circuit would surprise everyone. */
const fail = (state: Closed, settings: CircuitSettings, now: number, random: number): CircuitState => {
  const window = FailureWindow.add(state.window, settings, now, true)
  const consecutive = state.consecutive + 1
  return consecutive >= settings.threshold || FailureWindow.exceeds(window, settings)
    ? open(state.epoch + 1, 1, settings, now, random)
    : { _tag: "Closed", epoch: state.epoch, consecutive, window }
}

const probed = (
  state: HalfOpen,
  result: CallResult,
  settings: CircuitSettings,
  now: number,
  random: number
): CircuitState => {
  switch (result) {
    case "ignored":
      return { ...state, probing: false }
    case "failure":
      return open(state.epoch + 1, state.openings + 1, settings, now, random)
    case "success": {
      const successes = state.successes + 1
      return successes >= settings.successes ? closed(state.epoch + 1) : { ...state, successes, probing: false }
    }
  }
}

/** The gateway's own circuit with these settings. Throws a RangeError that names the bound which they break. */
export const of = (settings: CircuitSettings): Breaker<CircuitState, Permit> => {
  const problem = validate(settings)
  if (problem !== undefined) throw new RangeError(problem)
  return {
    name: "consecutive failures and failure rate",
    initial,
    phase: ({ _tag }) => _tag,
    admit,
    record: (state, permit, result, now, random) => record(state, permit, result, settings, now, random),
    release,
    isolate,
    restore
  }
}
