import * as Context from "effect/Context"

/**
 * Waiting for what is outside: a server, the operating system. Callbacks, not effects: the parts that use it are told of
 * everything on the turn of whoever reads. It is not Effect's clock, because what is outside does not go by that: a test
 * that stands its clock still and speaks to a real server still needs these to pass.
 */
export interface Timers {
  /** Runs `run` in `millis` milliseconds; what it returns takes that back, and does nothing once it has run. */
  readonly after: (millis: number, run: () => void) => () => void
  /** Runs `run` when the present turn is over, before anything that is read later. */
  readonly soon: (run: () => void) => void
}

/** Those of the machine. */
export const realTimers: Timers = {
  after: (millis, run) => {
    const timer = setTimeout(run, millis)
    return () => clearTimeout(timer)
  },
  soon: (run) => queueMicrotask(run)
}

/** Which timers are in use; those of the machine, unless the simulator brings its own. */
export const Timers: Context.Reference<Timers> = Context.Reference("sentinel/kernel/Timers", {
  defaultValue: () => realTimers
})
