import { verdictProblem, type Policy, type RestartDecision } from "../machine/RestartPolicy.ts"

/** A restart policy with its state: what a keeper tells it, and asks of it. Times as in `Policy`. */
export interface Restarts {
  readonly ready: (now: number) => void
  readonly restarted: (now: number) => void
  readonly down: (now: number, random: number) => RestartDecision
  /** Everything forgotten: the child is started by hand. */
  readonly reset: () => void
}

/** How long a child is left alone whose policy broke, milliseconds. */
export const brokenPolicyMillis = 300_000

/**
 * Begins a policy. One that throws, or answers what nobody can carry out, takes no child with it: the child is quarantined
 * when it goes down, with what broke as the reason, and the policy begins anew.
 */
export const begin = <S>(policy: Policy<S>): Restarts => {
  let state = policy.initial
  let broken: string | undefined

  const advance = (next: () => S): void => {
    try {
      state = next()
    } catch (error) {
      broken ??= inWords(error)
    }
  }

  const decide = (now: number, random: number): RestartDecision => {
    const verdict = policy.onDown(state, now, random)
    const problem = verdictProblem(verdict)
    if (problem !== undefined) throw new RangeError(problem)
    state = verdict.state
    return verdict.decision
  }

  const reset = (): void => {
    state = policy.initial
    broken = undefined
  }

  return {
    ready: (now) => advance(() => policy.onReady(state, now)),
    restarted: (now) => advance(() => policy.onRestarted(state, now)),
    down: (now, random) => {
      try {
        if (broken === undefined) return decide(now, random)
      } catch (error) {
        broken = inWords(error)
      }
      const reason = `policy "${policy.name}" broke: ${broken}`
      reset()
      return { _tag: "Quarantine", reason, retryMillis: brokenPolicyMillis }
    },
    reset
  }
}

/** Not everything that is thrown can be made a text of. */
const inWords = (error: unknown): string => {
  try {
    return String(error)
  } catch {
    return "it threw what has no words"
  }
}
