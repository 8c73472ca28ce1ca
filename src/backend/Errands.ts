import type { JsonObject } from "../domain/Json.ts"
import type { Line } from "./Line.ts"

/** Bounds of the gateway's own small requests to one backend, such as subscriptions. */
export const errandBounds = {
  /** Under way at once: over HTTP each has a connection that calls would want. */
  out: 16,
  /** Waiting for their turn; one more takes the place of the oldest. */
  waiting: 2_000
} as const

interface Errand {
  readonly method: string
  readonly params: JsonObject
}

/** Requests whose replies change nothing. They go out in order, a few at a time; calls do not wait for them. */
export class Errands {
  #line: Line | undefined
  #waiting: Array<Errand> = []
  /** Under way, by the connection's ids. */
  readonly #out = new Set<string>()
  /** Those that were under way at the last `tick` already. */
  #old: ReadonlySet<string> = new Set()

  attach(line: Line | undefined): void {
    this.#line = line
    this.#waiting = []
    this.#out.clear()
    this.#old = new Set()
  }

  send(method: string, params: JsonObject): void {
    if (this.#line === undefined) return
    if (this.#waiting.length >= errandBounds.waiting) this.#waiting.shift()
    this.#waiting.push({ method, params })
    this.#pump()
  }

  /** Now and then: what got no answer since the last time is given up, for others to have their turn. */
  tick(): void {
    for (const id of this.#old) {
      if (this.#out.delete(id)) this.#line?.connection.abandon(id)
    }
    this.#old = new Set(this.#out)
    this.#pump()
  }

  #pump(): void {
    while (this.#line !== undefined && this.#out.size < errandBounds.out) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#put(this.#line, next)
    }
  }

  #put(line: Line, { method, params }: Errand): void {
    const { connection, dialect } = line
    const ended = () => {
      if (this.#out.delete(id)) this.#pump()
    }
    const waiter = { reply: ended, lost: ended, progress: () => undefined }
    const id = connection.request(dialect, method, params, noHop, waiter, false)
    this.#out.add(id)
  }
}

const noHop = { capabilities: {}, clientInfo: undefined, logLevel: undefined }
