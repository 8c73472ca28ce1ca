import type { JsonObject } from "../domain/Json.ts"
import { logLevels } from "../domain/Request.ts"
import type { LogLevel, Request } from "../domain/Request.ts"

/** Which log messages a client wants: those of the level that its session or its request names, and of higher ones. */
export class SessionLog {
  #level: LogLevel | undefined

  /** Set by `logging/setLevel`; until then a stateful backend sends what it likes, a stateless one nothing. */
  get level(): LogLevel | undefined {
    return this.#level
  }

  /** Takes the parameters of a `logging/setLevel`; an unknown level changes nothing. */
  set(params: JsonObject): void {
    this.#level = logLevels.find((known) => known === params["level"]) ?? this.#level
  }

  /** Whether a message that belongs to no request goes to the client, by the `level` in its parameters. */
  wants(params: JsonObject): boolean {
    const level = logLevels.findIndex((known) => known === params["level"])
    return level >= (this.#level === undefined ? 0 : logLevels.indexOf(this.#level))
  }

  /** Whether a message of this level, an index of `logLevels`, goes to the client for this request. */
  wantsFor(request: Request, level: number): boolean {
    if (request.era === "stateless") return requestWantsLog(request, level)
    return this.#level === undefined || level >= logLevels.indexOf(this.#level)
  }
}

/** The same for a stateless request, which names its level itself, or wants no messages. */
export const requestWantsLog = ({ logLevel }: Request, level: number): boolean =>
  logLevel !== undefined && level >= logLevels.indexOf(logLevel)
