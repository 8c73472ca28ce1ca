import { verdictProblem, type Policy, type Verdict } from "../../machine/RestartPolicy.ts"
import { words } from "./Millis.ts"
import type { StateAt } from "./StateSize.ts"

/** How something that others wrote broke. */
export interface Broken {
  /** Milliseconds since the history began. */
  readonly at: number
  /** In words. */
  readonly what: string
  /** What was thrown, if anything was. */
  readonly cause?: unknown
}

/** For a law: when it broke, and how. */
export const brokenWords = ({ at, what }: Broken): string => `at ${words(at)} ${what}`

/** Why something decided otherwise the second time. */
export const notRepeatable =
  "not repeatable: it asks a clock or chance of its own, or keeps something outside its state"

/** What `frozen` makes of a change in place. */
const changedInPlace = /read only property|not extensible|Cannot (?:add|define|delete) property/

/** An error in words; not everything that is thrown can be made a text of. */
export const thrownWords = (error: unknown): string => {
  try {
    const hint = error instanceof TypeError && changedInPlace.test(error.message)
    return `${String(error)}${hint ? ": a state must not be changed in place" : ""}`
  } catch {
    return "what has no words"
  }
}

/** Freezes plain objects and lists through and through, so that what changes them in place throws. */
export const frozen = <A>(value: A): A => {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value
  Object.freeze(value)
  for (const part of Array.isArray(value) ? value : Object.values(value)) frozen(part)
  return value
}

/** A policy that is looked at while it is asked. */
export interface Watched<S> {
  readonly policy: Policy<S>
  /** How it broke first, if it did. */
  readonly broken: () => Broken | undefined
  /** The states it had so far. */
  readonly states: ReadonlyArray<StateAt>
}

/** Notes when a policy throws or answers what nobody can carry out, and freezes and keeps its states. It answers the same. */
export const watched = <S>(policy: Policy<S>, originMillis: number): Watched<S> => {
  let broken: Broken | undefined
  const states: Array<StateAt> = []
  const kept = (state: S, now: number): S => {
    states.push({ at: now - originMillis, state })
    return frozen(state)
  }
  const asked = <A>(name: string, now: number, ask: () => A): A => {
    try {
      return ask()
    } catch (cause) {
      broken ??= { at: now - originMillis, what: `${name} throws ${thrownWords(cause)}`, cause }
      throw cause
    }
  }
  const onDown = (state: S, now: number, random: number): Verdict<S> => {
    const verdict = asked("onDown", now, () => policy.onDown(state, now, random))
    const what = verdictProblem(verdict)
    if (what === undefined) kept(verdict.state, now)
    else broken ??= { at: now - originMillis, what }
    return verdict
  }
  return {
    policy: {
      name: policy.name,
      initial: frozen(policy.initial),
      onReady: (state, now) =>
        kept(
          asked("onReady", now, () => policy.onReady(state, now)),
          now
        ),
      onRestarted: (state, now) =>
        kept(
          asked("onRestarted", now, () => policy.onRestarted(state, now)),
          now
        ),
      onDown
    },
    broken: () => broken,
    states
  }
}
