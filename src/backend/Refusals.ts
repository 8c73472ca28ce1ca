import { refusalCodes } from "../domain/Outcome.ts"
import type { Outcome, Refusal } from "../domain/Outcome.ts"
import type { Life } from "../machine/Life.ts"

/** The words in which a backend's calls are refused; each says what to do. */
export const notSent = (refusal: Refusal): Outcome => ({ _tag: "NotSent", refusal })
export const unknown = (refusal: Refusal): Outcome => ({ _tag: "Unknown", refusal })

export const overloaded = (backend: string, inFlight: number, queued: number): Refusal => ({
  code: refusalCodes.overloaded,
  message: `backend "${backend}" is busy: ${inFlight} calls in flight and ${queued} waiting; try again shortly`,
  backend,
  retryAfterMs: 1_000
})

export const gaveWay = (backend: string, queued: number): Refusal => ({
  code: refusalCodes.overloaded,
  message:
    `backend "${backend}" has ${queued} calls waiting already, most of them this caller's: ` +
    "this one gave way to somebody else's; try again shortly",
  backend,
  retryAfterMs: 1_000
})

export const circuitOpen = (backend: string, retryAfterMs: number | undefined): Refusal => ({
  code: refusalCodes.circuitOpen,
  message:
    retryAfterMs === undefined
      ? `backend "${backend}" was taken out of use by hand`
      : `backend "${backend}" failed too often lately and is given a rest; try again in ${seconds(retryAfterMs)}`,
  backend,
  ...(retryAfterMs === undefined ? undefined : { retryAfterMs })
})

export const unavailable = (backend: string, why: string, retryAfterMs?: number): Refusal => ({
  code: refusalCodes.unavailable,
  message:
    retryAfterMs === undefined
      ? `backend "${backend}" is not available: ${why}`
      : `backend "${backend}" is not available: ${why}; it is tried again in ${seconds(retryAfterMs)}`,
  backend,
  ...(retryAfterMs === undefined ? undefined : { retryAfterMs })
})

export const quarantined = (backend: string, why: string, retryAfterMs: number): Refusal => ({
  code: refusalCodes.quarantined,
  message: `backend "${backend}" is quarantined: ${why}; it is tried again in ${seconds(retryAfterMs)}`,
  backend,
  retryAfterMs
})

export const deadlineExceeded = (backend: string, millis: number, sent: boolean): Refusal => ({
  code: refusalCodes.deadlineExceeded,
  message: sent
    ? `backend "${backend}" did not answer within ${seconds(millis)}; whether it did the work is unknown`
    : `backend "${backend}" could not take the call within ${seconds(millis)}; it was not sent`,
  backend
})

export const connectionLost = (backend: string, reason: string): Refusal => ({
  code: refusalCodes.connectionLost,
  message: `backend "${backend}" ${reason} before it answered; whether it did the work is unknown`,
  backend
})

export const notReached = (backend: string, reason: string): Refusal => ({
  code: refusalCodes.unavailable,
  message: `backend "${backend}" was not reached: ${reason}; the call was not sent`,
  backend,
  retryAfterMs: 1_000
})

export const inputExpired = (backend: string): Refusal => ({
  code: refusalCodes.inputExpired,
  message: `the requestState is unknown to backend "${backend}": it expired, was used before, or belongs to another request`,
  backend
})

export const stopping = (backend: string): Refusal => ({
  code: refusalCodes.shuttingDown,
  message: `backend "${backend}" is being stopped`,
  backend
})

/** Why a backend in this state takes no calls; `undefined` when it takes them or will soon. */
export const inLife = (life: Life, backend: string, now: number): Refusal | undefined => {
  switch (life._tag) {
    case "Quarantined":
      return quarantined(backend, life.reason, life.until - now)
    case "Parked":
      return unavailable(backend, life.reason, life.until === undefined ? undefined : life.until - now)
    case "Draining":
    case "Stopped":
      return stopping(backend)
    default:
      return undefined
  }
}

const seconds = (millis: number): string => `${Math.max(0, Math.round(millis / 100) / 10)} s`
