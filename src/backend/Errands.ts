import type { JsonObject } from "../domain/Json.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { BackendReply } from "./Connection.ts"
import type { Line } from "./Line.ts"

/** Bounds of the gateway's own small requests to one backend, such as subscriptions. */
export const errandBounds = {
  /** Under way at once: over HTTP each has a connection that calls would want. */
  out: 16,
  /** Waiting for their turn; one more takes the place of the oldest. */
  waiting: 2_000,
  /** Times that one is tried again after a refusal that may be meant: a server in trouble looks like one that says no. */
  refusals: 3
} as const

/**
 * An errand came to nothing while its line stands. `isRefused`: by an answer which says nothing of the errand itself, as
 * far as can be told; else there was none.
 */
export type Undone = (isRefused: boolean) => void

interface Errand {
  readonly method: string
  readonly params: JsonObject
  readonly undone: Undone
}

/**
 * Requests of whose replies nothing is wanted but that they come. They go out in order, a few at a time; calls do not
 * wait for them.
 */
export class Errands {
  #line: Line | undefined
  #waiting: Array<Errand> = []
  /** Under way, by the connection's ids. */
  readonly #out = new Map<string, Errand>()
  /** Those that were under way at the last `tick` already. */
  #old: ReadonlySet<string> = new Set()

  attach(line: Line | undefined): void {
    this.#line = line
    this.#waiting = []
    this.#out.clear()
    this.#old = new Set()
  }

  send(method: string, params: JsonObject, undone: Undone): void {
    if (this.#line === undefined) return
    if (this.#waiting.length >= errandBounds.waiting) this.#waiting.shift()?.undone(false)
    this.#waiting.push({ method, params, undone })
    this.#pump()
  }

  /** Now and then: what got no answer since the last time is given up, for others to have their turn. */
  tick(): void {
    for (const id of this.#old) {
      const errand = this.#out.get(id)
      if (errand === undefined) continue
      this.#out.delete(id)
      this.#line?.connection.abandon(id)
      errand.undone(false)
    }
    this.#old = new Set(this.#out.keys())
    this.#pump()
  }

  #pump(): void {
    while (this.#line !== undefined && this.#out.size < errandBounds.out) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#put(this.#line, next)
    }
  }

  #put(line: Line, errand: Errand): void {
    const { connection, dialect } = line
    const ended = (isUndone: boolean, isRefused: boolean) => {
      if (!this.#out.delete(id)) return
      if (isUndone) errand.undone(isRefused)
      this.#pump()
    }
    const waiter = {
      reply: (reply: BackendReply) => ended(reply._tag === "Error" && saysNothing.has(reply.code), true),
      lost: () => ended(true, false),
      progress: () => undefined
    }
    const id = connection.request(dialect, errand.method, errand.params, noHop, waiter, false)
    this.#out.set(id, errand)
  }
}

/** What stands between may have answered, or a server that is in trouble. */
const saysNothing = new Set<number>([refusalCodes.httpRefused, jsonRpcCodes.internalError])

const noHop = { capabilities: {}, clientInfo: undefined, logLevel: undefined }
