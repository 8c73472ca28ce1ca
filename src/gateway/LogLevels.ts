import type { Refusal } from "../domain/Outcome.ts"
import { logLevels } from "../domain/Request.ts"
import type { LogLevel, Request } from "../domain/Request.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { BackendUnit } from "./BackendUnit.ts"

/**
 * The log levels that sessions have set. A connection of a session gets the level of that session; a shared one the
 * least severe of all that it serves, and each session leaves out what it does not want.
 */
export class LogLevels {
  readonly #units: ReadonlyArray<BackendUnit>
  readonly #bySession = new Map<string, { readonly level: LogLevel; readonly scope: string | undefined }>()

  constructor(units: ReadonlyArray<BackendUnit>) {
    this.#units = units
  }

  of(sessionId: string): LogLevel | undefined {
    return this.#bySession.get(sessionId)?.level
  }

  /** Takes a `logging/setLevel`; the refusal when it names no level. */
  set({ params, scope, sessionId }: Request): Refusal | undefined {
    const level = logLevels.find((known) => known === params["level"])
    if (level === undefined) {
      return { code: jsonRpcCodes.invalidParams, message: `params.level must be one of ${logLevels.join(", ")}` }
    }
    this.#bySession.set(sessionId, { level, scope })
    for (const unit of this.#units) {
      if (!unit.isIn(scope)) continue
      unit.shared.logLevel(this.#least(unit) ?? level)
      for (const slot of unit.slots.values()) if (slot.sessionId === sessionId) slot.backend.logLevel(level)
    }
    return undefined
  }

  /** The least severe level of the sessions that this backend serves. */
  #least(unit: BackendUnit): LogLevel | undefined {
    const levels = new Set<LogLevel>()
    for (const { level, scope } of this.#bySession.values()) if (unit.isIn(scope)) levels.add(level)
    return logLevels.find((known) => levels.has(known))
  }

  forget(sessionId: string): void {
    this.#bySession.delete(sessionId)
  }
}
