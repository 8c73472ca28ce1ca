import type { Backend } from "../backend/Backend.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { BackendUnit } from "./BackendUnit.ts"
import type { RouteTable } from "./RouteTable.ts"

/** Lines of a backend's stderr shown in its status. */
export const statusStderrLines = 5

/**
 * What an operator sees of the gateway. A backend is never just "connected": `provenMsAgo` says when it last gave a
 * sign of life (design, "Backend").
 */
export const describeGateway = (
  units: ReadonlyArray<BackendUnit>,
  table: RouteTable,
  now: number
): { readonly backends: ReadonlyArray<JsonObject>; readonly withheld: ReadonlyArray<JsonObject> } => ({
  backends: units.map((unit) => ({
    name: unit.spec.name,
    type: unit.spec.launch.type,
    isolation: unit.spec.isolation,
    ...describeBackend(unit.shared, now),
    tools: unit.catalog?.tools.length ?? null,
    sessions: [...unit.slots.values()].map(({ backend, sessionId }) => ({
      sessionId,
      ...describeBackend(backend, now)
    }))
  })),
  withheld: table.withheld.map(({ backend, kind, name, reason }) => ({ backend, kind, name, reason }))
})

const describeBackend = (backend: Backend, now: number): JsonObject => {
  const view = backend.view
  if (view === undefined) return { state: "Starting" }
  const { circuit, queued, sent } = view.inFlight
  const { health } = view.prober
  const { life } = view
  return {
    state: life._tag,
    ...("reason" in life ? { reason: life.reason } : undefined),
    ...("until" in life && life.until !== undefined
      ? { retryInMs: Math.max(0, Math.round(life.until - now)) }
      : undefined),
    ...("attempt" in life ? { attempt: life.attempt } : undefined),
    provenMsAgo: health.lastProvenAt === undefined ? null : Math.max(0, Math.round(now - health.lastProvenAt)),
    health: health.status,
    circuit: circuit._tag,
    inFlight: sent,
    queued,
    restarts: view.restarts,
    pid: view.connection?.pid ?? null,
    protocol: view.peer?.dialect.version ?? null,
    server: view.peer?.serverInfo ?? null,
    stderr: view.lastStderr().slice(-statusStderrLines)
  }
}

/**
 * A status as text, with moments (seconds of the clock of `now`) in place of ages and delays: while nothing happens it
 * stays the same, and nothing has to be written.
 */
export const momentsOf = (status: JsonObject, now: number): string =>
  JSON.stringify(status, (key, value: unknown) => {
    if (typeof value !== "number") return value
    const moment = key === "provenMsAgo" ? now - value : key === "retryInMs" ? now + value : undefined
    return moment === undefined ? value : Math.round(moment / 1_000)
  })
