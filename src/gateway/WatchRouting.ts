import type { Backend } from "../backend/Backend.ts"
import type { Refusal } from "../domain/Outcome.ts"
import type { Request } from "../domain/Request.ts"
import { denialOf } from "../policy/Gate.ts"
import type { Gate } from "../policy/Gate.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import type { BackendUnit } from "./BackendUnit.ts"
import { ownerOfUri } from "./Routing.ts"
import type { SessionPort, WatchSide } from "./SessionPort.ts"
import type { SessionSlots } from "./SessionSlots.ts"
import type { Views } from "./Views.ts"
import { watchesPerSession } from "./Watches.ts"
import type { Watches } from "./Watches.ts"

/** What the routing of watches needs of the rest of the router. */
export interface WatchSurroundings {
  readonly units: ReadonlyMap<string, BackendUnit>
  readonly gates: ReadonlyArray<Gate>
  readonly views: Views
  readonly slots: SessionSlots
  readonly watches: Watches
}

/**
 * Finds the backend of each resource that a client watches, and asks the gates. A stream may name a resource before its
 * backend is up: it is placed when the owner is known.
 */
export class WatchRouting {
  readonly #around: WatchSurroundings
  readonly #unplaced = new Map<SessionPort, Map<string, Request>>()

  constructor(around: WatchSurroundings) {
    this.#around = around
  }

  /** Takes a `resources/subscribe` (or, with `on` false, `resources/unsubscribe`); the refusal if it can't be. */
  subscribe(session: SessionPort | undefined, request: Request, on: boolean): Refusal | undefined {
    const uri = request.params["uri"]
    if (typeof uri !== "string" || session === undefined) {
      return { code: jsonRpcCodes.invalidParams, message: "params.uri must be a string: the resource" }
    }
    if (!on) {
      this.#around.watches.remove(session, "session", uri)
      return undefined
    }
    const denial = this.#denial(uri, request)
    if (denial !== undefined) return denial
    if (this.#place(session, "session", uri, request)) return undefined
    const message = `Unknown resource: ${uri.slice(0, 256)}, or too many subscriptions`
    return { code: jsonRpcCodes.invalidParams, message }
  }

  /** A stream watches a resource, asked for by `request`; without one, no stream does any more. */
  watch(session: SessionPort, uri: string, request: Request | undefined): void {
    const waiting = this.#unplaced.get(session) ?? new Map<string, Request>()
    waiting.delete(uri)
    if (request === undefined) this.#around.watches.remove(session, "streams", uri)
    else if (this.#denial(uri, request) === undefined && !this.#place(session, "streams", uri, request)) {
      if (waiting.size < watchesPerSession) waiting.set(uri, request)
    }
    if (waiting.size > 0) this.#unplaced.set(session, waiting)
    else this.#unplaced.delete(session)
  }

  /** A connection could not be had after all: whoever watches through it gets another, streams when one is free. */
  lost(backend: Backend): void {
    for (const { request, session, sides, uri } of this.#around.watches.removeBackend(backend)) {
      if (sides.has("session")) this.#place(session, "session", uri, request)
      if (sides.has("streams")) this.watch(session, uri, request)
    }
  }

  /** The catalogs have changed, or a place became free: what found none may find one now. */
  placeWaiting(): void {
    for (const [session, waiting] of this.#unplaced) {
      for (const [uri, request] of [...waiting]) this.watch(session, uri, request)
    }
  }

  closed(session: SessionPort): void {
    this.#around.watches.removeSession(session)
    this.#unplaced.delete(session)
  }

  #denial(uri: string, request: Request): Refusal | undefined {
    const backend = ownerOfUri(this.#around.views.of(request).table, uri)
    return backend === undefined ? undefined : denialOf(this.#around.gates, request, backend, uri)
  }

  #place(session: SessionPort, side: WatchSide, uri: string, request: Request): boolean {
    const { slots, units, views, watches } = this.#around
    const unit = units.get(ownerOfUri(views.of(request).table, uri) ?? "")
    if (unit === undefined) return false
    const backend = unit.spec.isolation === "shared" ? unit.shared : slots.open(unit, request)?.backend
    return backend !== undefined && watches.add(session, side, request, uri, backend)
  }
}
