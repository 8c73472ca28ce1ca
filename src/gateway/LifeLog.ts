import * as Effect from "effect/Effect"
import type { Life } from "../machine/Life.ts"

/**
 * What the log says of a backend's change of life: that it is up, at level info; that it waits for another start, or
 * for a person, as a warning with the reason. The rest is detail.
 */
export const logLife = (backend: string, from: Life, to: Life): Effect.Effect<void> => {
  switch (to._tag) {
    case "Ready":
      return Effect.logInfo(`backend "${backend}" is ready`)
    case "Backoff":
      return Effect.logWarning(`backend "${backend}" is down, restart ${to.attempt} follows: ${to.reason}`)
    case "Parked":
    case "Quarantined":
      return Effect.logWarning(`backend "${backend}" is ${to._tag.toLowerCase()}: ${to.reason}`)
    case "Starting":
      if (from._tag === "Ready") return Effect.logInfo(`backend "${backend}" forgot the session; it is opened anew`)
      return Effect.logDebug(`backend "${backend}": ${from._tag} -> ${to._tag}`)
    default:
      return Effect.logDebug(`backend "${backend}": ${from._tag} -> ${to._tag}`)
  }
}
