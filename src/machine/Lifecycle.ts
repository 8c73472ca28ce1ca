import type { RestartSettings } from "../domain/BackendSpec.ts"
import type { ConnectionEvent, Life, LifecycleCommand, LifecycleEvent, LifecycleState, Waiting } from "./Life.ts"
import * as RestartPolicy from "./RestartPolicy.ts"

/** What a step may look at besides the state: `now` in milliseconds, `random` in [0, 1). */
export interface LifecycleContext {
  readonly settings: RestartSettings
  readonly now: number
  readonly random: number
}

/** Carry the commands out in their order. */
export interface LifecycleStep {
  readonly state: LifecycleState
  readonly commands: ReadonlyArray<LifecycleCommand>
}

export const initial: LifecycleState = {
  life: { _tag: "Idle" },
  restart: RestartPolicy.initial,
  epoch: 0,
  connection: "none"
}

/**
 * The life of one backend (design, "Backend"). At most one connection at a time (INV-12): the next is opened only after
 * the last has reported `Exited`, however long that takes. An event that does not fit changes nothing: the same state
 * comes back, without commands.
 */
export const step = (state: LifecycleState, event: LifecycleEvent, context: LifecycleContext): LifecycleStep => {
  const next = apply(state, event, context)
  const life = next.state.life
  if (life === state.life) return next
  const commands: Array<LifecycleCommand> = [...next.commands]
  if (isWaiting(life) && life.until !== undefined) commands.push({ _tag: "WakeAt", at: life.until })
  commands.push({ _tag: "Announce", from: state.life, to: life })
  return { state: next.state, commands }
}

const idle: Life = { _tag: "Idle" }

const isWaiting = (life: Life): life is Waiting =>
  life._tag === "Backoff" || life._tag === "Parked" || life._tag === "Quarantined"

const silently = (state: LifecycleState): LifecycleStep => ({ state, commands: [] })

const apply = (state: LifecycleState, event: LifecycleEvent, context: LifecycleContext): LifecycleStep => {
  switch (event._tag) {
    case "Start":
      return state.life._tag === "Idle"
        ? startFresh(state, "the last connection is still ending", context)
        : silently(state)
    case "Due":
      return due(state, context)
    case "Wake":
      return wake(state, context)
    case "Drain":
      return drain(state, context)
    case "Stop":
      return state.life._tag === "Stopped"
        ? silently(state)
        : disconnect({ ...state, life: { _tag: "Stopped" } }, "the gateway stops this backend")
    default:
      if (event.epoch !== state.epoch || state.connection === "none") return silently(state)
      return event._tag === "Exited" ? exited(state, event, context) : reported(state, event, context)
  }
}

/** Opens the next connection. Only called when there is none. */
const connect = (
  state: LifecycleState,
  attempt: number,
  retryOf: "Parked" | "Quarantined" | undefined
): LifecycleStep => {
  const epoch = state.epoch + 1
  return {
    state: { ...state, epoch, connection: "up", life: { _tag: "Starting", epoch, attempt, retryOf } },
    commands: [{ _tag: "Connect", epoch, attempt }]
  }
}

/** A start that is no restart: at once, or as soon as the last connection is gone. */
const startFresh = (state: LifecycleState, reason: string, { now }: LifecycleContext): LifecycleStep =>
  state.connection === "none"
    ? connect(state, 0, undefined)
    : silently({ ...state, life: { _tag: "Backoff", attempt: 0, until: now, reason } })

const disconnect = (state: LifecycleState, reason: string): LifecycleStep =>
  state.connection === "up"
    ? { state: { ...state, connection: "ending" }, commands: [{ _tag: "Disconnect", epoch: state.epoch, reason }] }
    : silently(state)

const due = (state: LifecycleState, { now }: LifecycleContext): LifecycleStep => {
  const life = state.life
  if (!isWaiting(life) || life.until === undefined) return silently(state)
  // A timer may fire early, or be an older one whose event was already on its way.
  if (now < life.until) return { state, commands: [{ _tag: "WakeAt", at: life.until }] }
  if (state.connection !== "none") return silently(state)
  if (life._tag !== "Backoff") return connect(state, 0, life._tag)
  const restart = life.attempt === 0 ? state.restart : RestartPolicy.onRestarted(state.restart, now)
  return connect({ ...state, restart }, life.attempt, undefined)
}

const wake = (state: LifecycleState, context: LifecycleContext): LifecycleStep => {
  const life = state.life
  const fresh = { ...state, restart: RestartPolicy.reset() }
  if (isWaiting(life)) return startFresh(fresh, life.reason, context)
  // Already trying: what was asked for is happening, but a failure now is the first of a fresh history.
  if (life._tag !== "Starting") return silently(state)
  const first = life.attempt === 0 && life.retryOf === undefined
  return silently({ ...fresh, life: first ? life : { ...life, attempt: 0, retryOf: undefined } })
}

const drain = (state: LifecycleState, context: LifecycleContext): LifecycleStep => {
  switch (state.life._tag) {
    case "Ready":
      return silently({ ...state, life: { _tag: "Draining", epoch: state.epoch } })
    case "Starting":
    case "Backoff":
    case "Parked":
    case "Quarantined":
      return toIdle(state, context)
    default:
      return silently(state)
  }
}

const toIdle = (state: LifecycleState, { now, settings }: LifecycleContext): LifecycleStep => {
  const restart = RestartPolicy.onEnded(state.restart, settings, now)
  return disconnect({ ...state, restart, life: idle }, "drained")
}

/**
 * A connection that stood for so long and only has to be renewed is: at once, and it is no restart. One that does not
 * stand so long goes the way of every loss, delay and intensity included (INV-13).
 */
export const renewableAfterMillis = 30_000

const hasStood = (life: Life, { now }: LifecycleContext): boolean =>
  life._tag === "Ready" && now - life.since >= renewableAfterMillis

/** The connection is gone: by itself, or because it was told to; in the second case the next may be due already. */
const exited = (
  state: LifecycleState,
  { reason, renewable }: Extract<ConnectionEvent, { readonly _tag: "Exited" }>,
  context: LifecycleContext
): LifecycleStep => {
  const gone: LifecycleState = { ...state, connection: "none" }
  if (renewable === true && state.connection === "up" && hasStood(state.life, context)) {
    return connect(
      { ...gone, restart: RestartPolicy.onEnded(gone.restart, context.settings, context.now) },
      0,
      undefined
    )
  }
  if (state.connection === "up") return silently(afterLoss(gone, reason, false, context))
  const life = gone.life
  return isWaiting(life) && life.until !== undefined && life.until <= context.now ? due(gone, context) : silently(gone)
}

/** What a connection that still stands says of itself. One that was told to end has nothing to say but `Exited`. */
const reported = (
  state: LifecycleState,
  event: Exclude<ConnectionEvent, { readonly _tag: "Exited" }>,
  context: LifecycleContext
): LifecycleStep => {
  if (state.connection === "ending") return silently(state)
  const { now } = context
  const life = state.life._tag
  switch (event._tag) {
    case "Started": {
      if (life !== "Starting") return silently(state)
      const restart = RestartPolicy.onReady(state.restart, now)
      return silently({ ...state, restart, life: { _tag: "Ready", epoch: state.epoch, since: now } })
    }
    case "Drained":
      return life === "Draining" ? toIdle(state, context) : silently(state)
    case "StartFailed":
      if (life !== "Starting") return silently(state)
      return disconnect(afterLoss(state, event.reason, event.authentication, context), event.reason)
    case "Unhealthy":
    case "Violated":
      return disconnect(afterLoss(state, event.reason, false, context), event.reason)
  }
}

/** Where a backend goes that lost its connection or could not get one. */
const afterLoss = (
  state: LifecycleState,
  reason: string,
  authentication: boolean,
  { now, random, settings }: LifecycleContext
): LifecycleState => {
  const life = state.life
  const ended = { ...state, restart: RestartPolicy.onEnded(state.restart, settings, now) }
  if (life._tag === "Draining") return { ...ended, life: idle }
  if (!settings.onExit) {
    return { ...ended, life: { _tag: "Parked", until: undefined, reason: `${reason}; restart_on_exit is off` } }
  }
  const until = now + settings.slowRetryMillis
  if (authentication) return { ...ended, life: { _tag: "Parked", until, reason } }
  // The one slow try was already over the intensity, or outside of it: it is no restart to count.
  if (life._tag === "Starting" && life.retryOf !== undefined) {
    return { ...ended, life: { _tag: life.retryOf, until, reason: `still failing: ${reason}` } }
  }
  const { decision, state: restart } = RestartPolicy.onDown(ended.restart, settings, now, random)
  return decision._tag === "Quarantine"
    ? { ...ended, restart, life: { _tag: "Quarantined", until, reason: `${decision.reason}; last: ${reason}` } }
    : {
        ...ended,
        restart,
        life: { _tag: "Backoff", attempt: decision.attempt, until: now + decision.delayMillis, reason }
      }
}
