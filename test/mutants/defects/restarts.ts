import type { Mutant } from "../mutant.ts"

const policy = "src/machine/RestartPolicy.ts"
const backoff = "src/machine/Backoff.ts"
const lifecycle = "src/machine/Lifecycle.ts"

/** Restart policy, delays, and the life of a backend. */
export const restartMutants: ReadonlyArray<Mutant> = [
  {
    name: "restart-never-comes",
    invariant: 38,
    file: lifecycle,
    find: 'if (isWaiting(life) && life.until !== undefined) commands.push({ _tag: "WakeAt", at: life.until })',
    replace: "",
    why: "nobody wakes a backend that waits for its restart"
  },
  {
    name: "restart-intensity-tumbles",
    invariant: 13,
    file: policy,
    find: "time <= now && time > now - settings.windowMillis",
    replace: "time <= now && time >= Math.floor(now / settings.windowMillis) * settings.windowMillis",
    why: "restarts are counted in fixed windows, so two bursts around an edge are twice as many"
  },
  {
    name: "restart-one-too-many",
    invariant: 13,
    file: policy,
    find: "if (counted >= settings.intensity) {",
    replace: "if (counted > settings.intensity) {",
    why: "one restart more than the intensity allows"
  },
  {
    name: "quarantine-never-entered",
    invariant: 13,
    file: policy,
    find: "if (counted >= settings.intensity) {",
    replace: "if (counted >= Infinity) {",
    why: "a backend that crashes again and again is restarted for ever"
  },
  {
    name: "quarantine-too-early",
    invariant: 13,
    file: policy,
    find: "if (counted >= settings.intensity) {",
    replace: "if (counted >= 0) {",
    why: "the first crash quarantines"
  },
  {
    name: "restart-counted-when-planned",
    invariant: 13,
    file: policy,
    find: "restarts: [...restarts, at]",
    replace: "restarts: [...restarts, now]",
    why: "a restart counts at its crash instead of when it happens"
  },
  {
    name: "restart-plan-kept",
    invariant: 13,
    file: policy,
    find: "{ ...state, restarts: [...state.restarts.slice(0, -1), now] }",
    replace: "state",
    why: "a restart that comes late counts at the time for which it was planned"
  },
  {
    name: "streak-reset-at-once",
    invariant: 19,
    file: policy,
    find: "const stable = now - state.readySince >= settings.stableMillis",
    replace: "const stable = true",
    why: "a backend that is up for a moment is restarted without a growing delay"
  },
  {
    name: "streak-never-reset",
    invariant: 19,
    file: policy,
    find: "const stable = now - state.readySince >= settings.stableMillis",
    replace: "const stable = false",
    why: "after days of health the delay is still the longest"
  },
  {
    name: "streak-of-unready-time",
    invariant: 19,
    file: policy,
    find: "state.readySince === undefined ? { ...state, readySince: now } : state",
    replace: "({ ...state, readySince: now - 86_400_000 })",
    why: "time in which it was not ready counts as ready time"
  },
  {
    name: "backoff-without-cap",
    invariant: 14,
    file: backoff,
    find: "Math.min(settings.capMillis, settings.baseMillis * settings.factor ** n)",
    replace: "settings.baseMillis * settings.factor ** n",
    why: "the delay grows without end"
  },
  {
    name: "backoff-does-not-grow",
    invariant: 14,
    file: backoff,
    find: "settings.baseMillis * settings.factor ** n",
    replace: "settings.baseMillis",
    why: "every delay is the first"
  },
  {
    name: "backoff-grows-linearly",
    invariant: 14,
    file: backoff,
    find: "settings.baseMillis * settings.factor ** n",
    replace: "settings.baseMillis * (1 + n)",
    why: "the delay grows by steps of the same size"
  },
  {
    name: "backoff-without-jitter",
    invariant: 14,
    file: backoff,
    find: "millis + Math.trunc(millis * jitter * (2 * random - 1))",
    replace: "millis",
    why: "all that fell together comes back together"
  },
  {
    name: "backoff-too-much-jitter",
    invariant: 14,
    file: backoff,
    find: "(2 * random - 1)",
    replace: "(4 * random - 2)",
    why: "the jitter is twice as wide as it may be"
  },
  {
    name: "double-start-on-due",
    invariant: 12,
    file: lifecycle,
    find: 'if (state.connection !== "none") return silently(state)\n  if (life._tag !== "Backoff")',
    replace: 'if (life._tag !== "Backoff")',
    why: "the next process starts while the last one is still ending"
  },
  {
    name: "double-start-on-start",
    invariant: 12,
    file: lifecycle,
    find: 'state.connection === "none"\n    ? connect(state, 0, undefined)',
    replace: 'state.life._tag !== "Stopped"\n    ? connect(state, 0, undefined)',
    why: "a call to a backend that goes to sleep starts a second process"
  },
  {
    name: "exit-ignored",
    invariant: 38,
    file: lifecycle,
    find: 'if (state.connection === "up") return silently(afterLoss(gone, reason, false, context))',
    replace: "",
    why: "a process that is gone counts as ready"
  },
  {
    name: "failed-start-ignored",
    invariant: 38,
    file: lifecycle,
    find: "return disconnect(afterLoss(state, event.reason, event.authentication, context), event.reason)",
    replace: "return silently(state)",
    why: "after a start that failed nothing is tried any more"
  },
  {
    name: "quarantine-never-left",
    invariant: 38,
    file: lifecycle,
    find: 'if (life._tag !== "Backoff") return connect(state, 0, life._tag)',
    replace: 'if (life._tag !== "Backoff") return silently(state)',
    why: "a quarantined or parked backend is never tried again"
  },
  {
    name: "quarantine-left-by-one-try",
    invariant: 13,
    file: lifecycle,
    find: 'if (life._tag === "Starting" && life.retryOf !== undefined) {',
    replace: "if (false) {",
    why: "a slow retry that fails counts as one more crash, and goes the way of those"
  },
  {
    name: "parked-for-ever",
    invariant: 38,
    file: lifecycle,
    find: 'if (authentication) return { ...ended, life: { _tag: "Parked", until, reason } }',
    replace: 'if (authentication) return { ...ended, life: { _tag: "Parked", until: undefined, reason } }',
    why: "after its credentials were refused once it is never tried again"
  },
  {
    name: "parked-as-crash",
    invariant: 13,
    file: lifecycle,
    find: 'if (authentication) return { ...ended, life: { _tag: "Parked", until, reason } }',
    replace: "",
    why: "refused credentials are tried over and over like a crash"
  },
  {
    name: "renewal-counts-as-crash",
    invariant: 13,
    file: lifecycle,
    find: 'if (renewable === true && state.connection === "up" && hasStood(state.life, context)) {',
    replace: "if (false) {",
    why: "a forgotten session that only has to be opened anew costs a delay and a restart"
  },
  {
    name: "renewal-without-bound",
    invariant: 13,
    file: lifecycle,
    find: 'if (renewable === true && state.connection === "up" && hasStood(state.life, context)) {',
    replace: 'if (renewable === true && state.connection === "up") {',
    why: "a server that forgets every session at once is opened in a circle"
  },
  {
    name: "epoch-comes-again",
    invariant: 17,
    file: lifecycle,
    find: "const epoch = state.epoch + 1",
    replace: "const epoch = 1",
    why: "all connections have one number, so what is left of the last is taken for the present one's"
  },
  {
    name: "drained-stays",
    invariant: 32,
    file: lifecycle,
    find: 'return life === "Draining" ? toIdle(state, context) : silently(state)',
    replace: "return silently(state)",
    why: "a process that nobody uses any more is never ended"
  },
  {
    name: "restart-not-on-exit",
    invariant: 38,
    file: lifecycle,
    find: "if (!settings.onExit) {",
    replace: "if (settings.onExit) {",
    why: "restart_on_exit is understood the wrong way round"
  }
]
