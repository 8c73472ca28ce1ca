import type { Backend } from "../backend/Backend.ts"
import { watchLimit } from "../backend/Interests.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Request } from "../domain/Request.ts"
import type { SessionPort, WatchSide } from "./SessionPort.ts"
import { concerns } from "./SubResource.ts"

/** Most resource subscriptions of one session. */
export const watchesPerSession = 1_000

interface Watcher {
  readonly backend: Backend
  /** The latest one that asked for it. */
  readonly request: Request
  readonly sides: Set<WatchSide>
}

/** Somebody who watched a resource at a backend that is gone. */
export interface Lost {
  readonly session: SessionPort
  readonly uri: string
  readonly request: Request
  readonly sides: ReadonlySet<WatchSide>
}

/** Who wants to hear of updates of which resource, at which backend. A backend is asked once, for the first watcher. */
export class Watches {
  readonly #byUri = new Map<string, Map<SessionPort, Watcher>>()
  readonly #counts = new Map<SessionPort, number>()
  readonly #atBackend = new Map<Backend, number>()
  readonly #touched: Set<Backend>

  /** `touched` gets each backend that is told something and has to be flushed. */
  constructor(touched: Set<Backend>) {
    this.#touched = touched
  }

  /** False when the session watches as many as it may, or its backend is asked to. */
  add(session: SessionPort, side: WatchSide, request: Request, uri: string, backend: Backend): boolean {
    const watchers = this.#byUri.get(uri) ?? new Map<SessionPort, Watcher>()
    const known = watchers.get(session)
    if (known?.backend === backend) {
      known.sides.add(side)
      return true
    }
    const count = this.#counts.get(session) ?? 0
    if (known === undefined && count >= watchesPerSession) return false
    const first = !isWatched(watchers, backend)
    if (first && (this.#atBackend.get(backend) ?? 0) >= watchLimit) return false
    const sides = new Set(known?.sides).add(side)
    if (known !== undefined) this.#drop(session, uri)
    watchers.set(session, { backend, request, sides })
    this.#byUri.set(uri, watchers)
    this.#counts.set(session, (this.#counts.get(session) ?? 0) + 1)
    if (first) this.#tell(backend, uri, true)
    return true
  }

  /** One side of a session has heard enough; the other may go on. */
  remove(session: SessionPort, side: WatchSide, uri: string): void {
    const sides = this.#byUri.get(uri)?.get(session)?.sides
    sides?.delete(side)
    if (sides?.size === 0) this.#drop(session, uri)
  }

  removeSession(session: SessionPort): void {
    for (const uri of [...this.#byUri.keys()]) this.#drop(session, uri)
    this.#counts.delete(session)
  }

  /** Whether anybody watches a resource at this backend. */
  has(backend: Backend): boolean {
    return this.#atBackend.has(backend)
  }

  /** This backend is none any more: nobody watches at it. The answer: who did. */
  removeBackend(backend: Backend): ReadonlyArray<Lost> {
    const lost: Array<Lost> = []
    for (const [uri, watchers] of this.#byUri) {
      for (const [session, { backend: source, request, sides }] of watchers) {
        if (source === backend) lost.push({ session, uri, request, sides })
      }
    }
    for (const { session, uri } of lost) this.#drop(session, uri)
    return lost
  }

  /** Passes an update on to whoever watches the resource, or a resource that it is part of, at that backend. */
  updated(backend: Backend, params: JsonObject): void {
    const uri = params["uri"]
    if (typeof uri !== "string") return
    const told = new Map<SessionPort, Set<WatchSide>>()
    for (const [watched, watchers] of this.#byUri) {
      if (!concerns(watched, uri)) continue
      for (const [session, { backend: source, sides }] of watchers) {
        if (source === backend) told.set(session, new Set([...sides, ...(told.get(session) ?? [])]))
      }
    }
    for (const [session, sides] of told) session.resourceUpdated(params, sides)
  }

  #drop(session: SessionPort, uri: string): void {
    const watchers = this.#byUri.get(uri)
    const watcher = watchers?.get(session)
    if (watchers === undefined || watcher === undefined) return
    watchers.delete(session)
    this.#counts.set(session, Math.max(0, (this.#counts.get(session) ?? 1) - 1))
    if (watchers.size === 0) this.#byUri.delete(uri)
    if (!isWatched(watchers, watcher.backend)) this.#tell(watcher.backend, uri, false)
  }

  #tell(backend: Backend, uri: string, on: boolean): void {
    const count = (this.#atBackend.get(backend) ?? 0) + (on ? 1 : -1)
    if (count > 0) this.#atBackend.set(backend, count)
    else this.#atBackend.delete(backend)
    backend.watch(uri, on)
    this.#touched.add(backend)
  }
}

const isWatched = (watchers: ReadonlyMap<SessionPort, Watcher>, backend: Backend): boolean => {
  for (const watcher of watchers.values()) if (watcher.backend === backend) return true
  return false
}
