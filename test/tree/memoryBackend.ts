import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ConnectError } from "../../src/backend/Transport.ts"
import type { Slot, TransportEvents } from "../../src/backend/Transport.ts"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { launcher } from "../../src/kernel/Launcher.ts"
import { MemoryLine } from "./memoryLine.ts"
import { echoResult, noOffers, type Offers, type Received } from "./memoryServer.ts"

/** How a scripted backend behaves; a test may change it at any time. */
export interface Behaviour {
  /** What happens when the gateway opens a line: it works, it fails, or nobody ever answers on it. */
  connect: "ok" | "refused" | "silent"
  /** How long a line takes to be gone once the gateway ends it, milliseconds. */
  stopMillis: number
  /** What it does with a call (not the handshake, lists and pings): by default it waits for the test. */
  onCall: (call: Received, line: MemoryLine) => void
  /** Another result than the usual one for a request of the handshake, a list or a ping; `undefined`: the usual one. */
  answer: (request: Received) => JsonObject | undefined
}

/** Answers each call at once with its name and its argument `text`. */
export const echoing: Behaviour["onCall"] = (call, line) => line.reply(call, echoResult(call))

/** An MCP server in this process, which the gateway reaches as if it were another one. */
export class MemoryBackend {
  readonly spec: BackendSpec
  offers: Offers
  readonly behaviour: Behaviour
  /** Every line the gateway ever opened, oldest first. */
  readonly lines: Array<MemoryLine> = []
  /** The most lines of one slot that were open at the same time (INV-12: one). */
  mostAlive = 0
  /** Tries to open a line, the refused ones too. */
  attempts = 0

  constructor(spec: BackendSpec, offers: Partial<Offers> = {}, behaviour: Partial<Behaviour> = {}) {
    this.spec = spec
    this.offers = { ...noOffers, ...offers }
    this.behaviour = { connect: "ok", stopMillis: 0, onCall: () => undefined, answer: () => undefined, ...behaviour }
  }

  /** The line opened last. */
  get line(): MemoryLine {
    const last = this.lines.at(-1)
    if (last === undefined) throw new Error(`the gateway opened no line to ${this.spec.name}`)
    return last
  }

  /** Every call that came in on any line, oldest first. */
  get calls(): ReadonlyArray<Received> {
    return this.lines.flatMap(({ calls }) => calls)
  }

  /** Every frame that came in on any line, as text. */
  get frames(): ReadonlyArray<string> {
    return this.lines.flatMap(({ frames }) => frames)
  }

  /** Opens a line, as `Connector.connect` does. */
  open(slot: Slot, events: TransportEvents): Effect.Effect<MemoryLine, ConnectError, Scope.Scope> {
    const opened = Effect.map(launcher(), (launch) => {
      const line = new MemoryLine(this, slot, events, launch)
      this.lines.push(line)
      const alive = this.lines.filter((other) => other.alive && other.slot.session === slot.session).length
      this.mostAlive = Math.max(this.mostAlive, alive)
      return line
    })
    return Effect.suspend(() => {
      this.attempts++
      if (this.behaviour.connect !== "refused") return Effect.acquireRelease(opened, (line) => this.#close(line))
      return Effect.fail(new ConnectError({ backend: this.spec.name, reason: "connection refused" }))
    })
  }

  #close(line: MemoryLine): Effect.Effect<void> {
    const { stopMillis } = this.behaviour
    return Effect.andThen(
      stopMillis === 0 ? Effect.void : Effect.sleep(stopMillis),
      Effect.sync(() => line.close())
    )
  }
}
