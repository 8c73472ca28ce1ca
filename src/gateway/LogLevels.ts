import type { Refusal } from "../domain/Outcome.ts"
import { logLevels } from "../domain/Request.ts"
import type { LogLevel, Request } from "../domain/Request.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { BackendUnit } from "./BackendUnit.ts"

/**
 * The log levels that sessions have set. A connection of a session gets the level of that session; a shared one the
 * least severe of all, and each session leaves out what it does not want.
 */
export class LogLevels {
  readonly #units: ReadonlyArray<BackendUnit>
  readonly #bySession = new Map<string, LogLevel>()

  constructor(units: ReadonlyArray<BackendUnit>) {
    this.#units = units
  }

  of(sessionId: string): LogLevel | undefined {
    return this.#bySession.get(sessionId)
  }

  /** Takes a `logging/setLevel`; the refusal when it names no level. */
  set({ params, sessionId }: Request): Refusal | undefined {
    const level = logLevels.find((known) => known === params["level"])
    if (level === undefined) {
      return { code: jsonRpcCodes.invalidParams, message: `params.level must be one of ${logLevels.join(", ")}` }
    }
    this.#bySession.set(sessionId, level)
    const least = logLevels.find((known) => [...this.#bySession.values()].includes(known)) ?? level
    for (const unit of this.#units) {
      unit.shared.logLevel(least)
      for (const slot of unit.slots.values()) if (slot.sessionId === sessionId) slot.backend.logLevel(level)
    }
    return undefined
  }

  forget(sessionId: string): void {
    this.#bySession.delete(sessionId)
  }
}
