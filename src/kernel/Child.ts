import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { RestartSettings } from "../domain/BackendSpec.ts"
import type { Policy } from "../machine/RestartPolicy.ts"
import type { Restarts } from "./Restarts.ts"

/**
 * When a child that ended is started again (Erlang/OTP, supervisor): `permanent` always, `transient` only after a
 * failure, `temporary` never.
 */
export type Restart = "permanent" | "transient" | "temporary"

/** What a supervisor keeps alive. `S`: what its policy remembers, if it brings one. */
export interface Child<E, R, S = unknown> {
  /** Unique among the living children of one supervisor. */
  readonly name: string
  /** The child's whole life: it is up from the moment this starts until it ends. Its scope closes when it has ended. */
  readonly start: Effect.Effect<void, E, R | Scope.Scope>
  readonly restart: Restart
  /** Delays, intensity, quarantine; `onExit` is not looked at, `restart` says. Default: the supervisor's. */
  readonly settings?: RestartSettings
  /** A restart policy of one's own, in place of the gateway's with its `settings`. */
  readonly policy?: Policy<S>
  /** How long it may take to end when it is stopped, milliseconds. Default: the supervisor's. */
  readonly stopMillis?: number
}

/** A child whose needs are met, but for the scope that each run gets. */
export interface ReadyChild {
  readonly name: string
  readonly start: Effect.Effect<void, unknown, Scope.Scope>
  readonly restart: Restart
  readonly restarts: Restarts
  readonly stopMillis: number
}

/** Where a child is. Times are for people: milliseconds of the wall clock, as it stands when they are asked for. */
export type ChildState =
  | { readonly _tag: "Running"; readonly since: number }
  | { readonly _tag: "Backoff"; readonly attempt: number; readonly until: number }
  | { readonly _tag: "Quarantined"; readonly reason: string; readonly until: number }
  /** Told to stop; still here because it has not ended. */
  | { readonly _tag: "Stopping" }

/** What happened to a child. */
export type ChildReport =
  /** `attempt` counts restarts within a streak; 0: a first start, a start by hand or a slow retry. */
  | { readonly _tag: "Started"; readonly child: string; readonly attempt: number }
  | { readonly _tag: "Exited"; readonly child: string; readonly exit: Exit.Exit<void, unknown> }
  | {
      readonly _tag: "RestartScheduled"
      readonly child: string
      readonly attempt: number
      readonly delayMillis: number
    }
  /** Too many restarts; tried again only in `retryMillis`, or when it is woken. */
  | { readonly _tag: "Quarantined"; readonly child: string; readonly reason: string; readonly retryMillis: number }
  /** It ended and by its `restart` stays so; its name is free. */
  | { readonly _tag: "Finished"; readonly child: string }
  /** Stopped by hand or with its supervisor; when not `inTime`, it may still be ending and keeps its name until then. */
  | { readonly _tag: "Stopped"; readonly child: string; readonly inTime: boolean }

/** The report as a log line. */
export const logReport = (report: ChildReport): Effect.Effect<void> => {
  const { child } = report
  switch (report._tag) {
    case "Started":
      return Effect.logDebug(`${child} started, attempt ${report.attempt}`)
    case "Exited":
      return report.exit._tag === "Failure" ? logFailure(child, report.exit.cause) : Effect.logInfo(`${child} ended`)
    case "RestartScheduled":
      return Effect.logInfo(`${child} is started again in ${report.delayMillis} ms, attempt ${report.attempt}`)
    case "Quarantined":
      return Effect.logError(`${child} is quarantined, next try in ${report.retryMillis} ms: ${report.reason}`)
    case "Finished":
      return Effect.logDebug(`${child} is finished and not started again`)
    case "Stopped":
      return report.inTime ? Effect.logDebug(`${child} stopped`) : Effect.logError(`${child} did not stop in time`)
  }
}

const logFailure = (child: string, cause: Cause.Cause<unknown>): Effect.Effect<void> =>
  Effect.logError(`${child} failed`, cause)
