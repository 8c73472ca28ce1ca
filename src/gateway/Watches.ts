import type { Backend } from "../backend/Backend.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { SessionPort } from "./SessionPort.ts"

/** Most resource subscriptions of one session. */
export const watchesPerSession = 1_000

/** Who wants to hear of updates of which resource, at which backend. A backend is asked once, for the first watcher. */
export class Watches {
  readonly #byUri = new Map<string, Map<SessionPort, Backend>>()
  readonly #counts = new Map<SessionPort, number>()

  /** False when the session watches as many as it may. */
  add(session: SessionPort, uri: string, backend: Backend): boolean {
    const watchers = this.#byUri.get(uri) ?? new Map<SessionPort, Backend>()
    if (watchers.get(session) === backend) return true
    const count = this.#counts.get(session) ?? 0
    if (count >= watchesPerSession) return false
    this.remove(session, uri)
    const first = ![...watchers.values()].includes(backend)
    watchers.set(session, backend)
    this.#byUri.set(uri, watchers)
    this.#counts.set(session, (this.#counts.get(session) ?? 0) + 1)
    if (first) backend.watch(uri, true)
    return true
  }

  remove(session: SessionPort, uri: string): void {
    const watchers = this.#byUri.get(uri)
    const backend = watchers?.get(session)
    if (watchers === undefined || backend === undefined) return
    watchers.delete(session)
    this.#counts.set(session, Math.max(0, (this.#counts.get(session) ?? 1) - 1))
    if (watchers.size === 0) this.#byUri.delete(uri)
    if (![...watchers.values()].includes(backend)) backend.watch(uri, false)
  }

  removeSession(session: SessionPort): void {
    for (const uri of [...this.#byUri.keys()]) this.remove(session, uri)
    this.#counts.delete(session)
  }

  /** Passes an update on to whoever watches the resource, or a resource that it is part of, at that backend. */
  updated(backend: Backend, params: JsonObject): void {
    const uri = params["uri"]
    if (typeof uri !== "string") return
    const told = new Set<SessionPort>()
    for (const [watched, watchers] of this.#byUri) {
      if (watched !== uri && !uri.startsWith(watched)) continue
      for (const [session, source] of watchers) if (source === backend) told.add(session)
    }
    for (const session of told) session.resourceUpdated(params)
  }
}
