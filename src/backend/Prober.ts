import type { BackendSpec } from "../domain/BackendSpec.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import * as Health from "../machine/Health.ts"
import { jsonRpcCodes, mcpCodes } from "../protocol/JsonRpcCodes.ts"
import type { BackendReply } from "./Connection.ts"
import type { Line } from "./Line.ts"

/** What the prober needs from the backend's actor. */
export interface ProberContext {
  readonly spec: BackendSpec
  readonly now: () => number
  readonly random: () => number
  /** Calls `due` in so many milliseconds, in place of an earlier wish. */
  readonly wake: (millis: number) => void
  /** The backend stopped answering: the connection has to be replaced. */
  readonly onDown: (reason: string) => void
}

/**
 * Asks a ready backend now and then whether it is alive (`ping`, or `server/discover` in the stateless era). A process
 * that lives but does not answer is a hung child; only a probe can tell it from a quiet one.
 */
export class Prober {
  health: Health.HealthState = Health.initial
  readonly #context: ProberContext
  #line: Line | undefined
  #asked: string | undefined

  constructor(context: ProberContext) {
    this.#context = context
  }

  /** A connection is ready, which is a proof of life. */
  attach(line: Line): void {
    this.#line = line
    this.#asked = undefined
    this.health = Health.initial
    this.proven()
    this.#arm()
  }

  detach(): void {
    this.#line = undefined
    this.#asked = undefined
  }

  /** Any reply proves it alive. */
  proven(): void {
    const { now, spec } = this.#context
    this.health = Health.step(this.health, "hit", spec.health, now())
  }

  /** The time that `wake` was asked for has come: probe, or count the probe that is out as missed. */
  due(): void {
    const line = this.#line
    if (line === undefined) return
    const { now, onDown, spec, wake } = this.#context
    if (this.#asked !== undefined) return this.#missed(line, this.#asked)
    if (!Health.probeNeeded(this.health, spec.health, now())) {
      // Counted from its last sign of life: it may have hung since. A part of a millisecond may round to no time at all.
      return wake(Math.max(1, spec.health.intervalMillis - (now() - (this.health.lastProvenAt ?? now()))))
    }
    const method = line.dialect.era === "stateless" ? "server/discover" : "ping"
    const hop = { capabilities: {}, clientInfo: undefined, logLevel: undefined }
    const answered = (reply: BackendReply) => {
      this.#asked = undefined
      if (spec.launch.type === "http" && speaksAnotherWay(method, reply)) {
        return onDown(`answers ${method} as if it were another server: the handshake has to be made again`)
      }
      this.proven()
      this.#arm()
    }
    const waiter = { reply: answered, lost: () => undefined, progress: () => undefined }
    this.#asked = line.connection.request(line.dialect, method, {}, hop, waiter, false)
    wake(spec.health.timeoutMillis)
  }

  #missed(line: Line, asked: string): void {
    const { now, onDown, spec } = this.#context
    line.connection.abandon(asked)
    this.#asked = undefined
    const before = this.health
    // A reply to some call since the probe went out proves as much as its answer would.
    const provenSince = before.lastProvenAt !== undefined && now() - before.lastProvenAt < spec.health.timeoutMillis
    this.health = Health.step(before, provenSince ? "hit" : "miss", spec.health, now())
    if (Health.transition(before, this.health) === "down") {
      return onDown(`did not answer ${spec.health.misses} probes in a row; it hangs`)
    }
    this.#arm()
  }

  #arm(): void {
    const { random, spec, wake } = this.#context
    wake(Health.nextProbeDelay(spec.health, random()))
  }
}

/**
 * Another server may have taken the place of the one that shook hands, of another era: it refuses what every server of
 * the agreed one answers. `ping` is left out by some.
 */
const speaksAnotherWay = (method: "ping" | "server/discover", reply: BackendReply): boolean => {
  if (reply._tag === "Result" || reply.code === jsonRpcCodes.internalError) return false
  return method === "server/discover" || refusesPing.has(reply.code)
}

const refusesPing = new Set<number>([
  -32_000,
  jsonRpcCodes.invalidRequest,
  jsonRpcCodes.invalidParams,
  // With status 400 they never come as far; these codes are of the stateless era alone, whatever the status.
  mcpCodes.headerMismatch,
  mcpCodes.unsupportedProtocolVersion,
  refusalCodes.httpRefused
])
