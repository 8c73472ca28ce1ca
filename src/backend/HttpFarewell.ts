import * as Effect from "effect/Effect"
import type { Timers } from "../kernel/Timers.ts"
import { HttpExchange } from "./HttpExchange.ts"
import type { Reading } from "./HttpExchange.ts"
import type { HttpLine } from "./HttpMessage.ts"
import type { HttpTransport } from "./HttpTransport.ts"
import type { StopMode } from "./StopMode.ts"

export const farewellBounds = {
  /** Until the server has taken the end of its session. */
  millis: 1_000,
  /** The same when the gateway is about to be killed. */
  fastMillis: 150
} as const

/**
 * Ends a line: breaks off what is under way, tells the server that the session is over (MCP 2025-11-25, Transports,
 * "Session Management"), and closes the sockets. Bounded; a server that does not listen lets its session expire.
 */
export const closeHttp = (transport: HttpTransport, mode: StopMode["Service"]): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { line } = transport
    const goodbye = transport.isToldGoodbye ? farewell(line, mode) : Effect.void
    transport.kill()
    return Effect.andThen(goodbye, closeSockets(line))
  })

const farewell = (line: HttpLine, mode: StopMode["Service"]): Effect.Effect<void> =>
  Effect.raceFirst(
    deleteSession(line),
    Effect.andThen(mode.turnedFast, patience(line.timers, farewellBounds.fastMillis))
  )

const deleteSession = ({ headers, timers, url, wire }: HttpLine): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const finish = () => {
      cancel()
      resume(Effect.void)
    }
    const cancel = timers.after(farewellBounds.millis, finish)
    const path = `${url.pathname}${url.search}`
    const request = { path, headers: headers.farewell(), body: null, headersMillis: 0 }
    wire.send({ method: "DELETE", ...request }, new Farewell(finish))
    return Effect.sync(cancel)
  })

const patience = (timers: Timers, millis: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => Effect.sync(timers.after(millis, () => resume(Effect.void))))

const closeSockets = ({ wire }: HttpLine): Effect.Effect<void> =>
  Effect.callback<void>((resume) => wire.destroy(() => resume(Effect.void)))

class Farewell extends HttpExchange {
  readonly #taken: () => void

  constructor(taken: () => void) {
    super(0)
    this.#taken = taken
  }

  protected override head(): Reading {
    this.#taken()
    return "not"
  }
  protected override whole(): void {}
  protected override event(): void {}
  protected override eventsRead(): void {}
  protected override oversize(): void {}
  protected override ended(): void {}
  protected override failed(): void {
    this.#taken()
  }
}
