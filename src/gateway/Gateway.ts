import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Backend } from "../backend/Backend.ts"
import { InstanceFile } from "../backend/InstanceFile.ts"
import { Connector } from "../backend/Transport.ts"
import type { Slot } from "../backend/Transport.ts"
import type { BackendSpec, GatewayBounds } from "../domain/BackendSpec.ts"
import type { JsonObject } from "../domain/Json.ts"
import { localPrincipal } from "../domain/Principal.ts"
import * as DeadlineTimer from "../kernel/DeadlineTimer.ts"
import { fork } from "../kernel/Fork.ts"
import { launcher } from "../kernel/Launcher.ts"
import * as Supervisor from "../kernel/Supervisor.ts"
import { Gates } from "../policy/Gate.ts"
import { makeStateSeal } from "../protocol/RequestState.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { BackendUnit } from "./BackendUnit.ts"
import { logLife } from "./LifeLog.ts"
import { NameOwners } from "./Names.ts"
import { routerMailbox, startRouter } from "./Router.ts"
import { nobody } from "./ClientQuestions.ts"
import type { RouterHands } from "./RouterActor.ts"
import { Session } from "./Session.ts"
import { openStateFiles } from "./StateFiles.ts"
import type { StateFiles } from "./StateFiles.ts"
import { describeGateway, momentsOf } from "./Status.ts"
import type { RouteTable } from "./RouteTable.ts"

/** What a gateway is made of: the part of a configuration that it runs by. */
export interface GatewaySettings {
  readonly backends: ReadonlyArray<BackendSpec>
  readonly bounds: GatewayBounds
  readonly stateDirectory: string
  readonly identity: Implementation
}

/** How an edge connects one client. */
export interface ClientLine {
  readonly sessionId: string
  readonly send: (frame: string, minor: boolean) => void
}

/** The router has ended, which only a defect can bring about: the process can't go on (design, "Root"). */
export class RouterEnded extends Schema.TaggedError<RouterEnded>()("RouterEnded", {}) {
  override get message(): string {
    return "the router has ended; this is a defect of the gateway, see the log above"
  }
}

/** Names remembered for one backend, at most, for each tool that may be listed: names of tools that are gone stay. */
const namesPerTool = 4
/** How often the status file is brought up to date while something changes. */
export const statusMillis = 1_000

/**
 * The running gateway: backends under a supervisor, the router, and a way in for edges. One Layer; its scope is its
 * life, and when the scope has closed no process of a backend is alive.
 */
export class Gateway extends Context.Service<
  Gateway,
  {
    /** Connects a client; its session ends with `close`. */
    readonly connect: (line: ClientLine) => Session
    /** Lets what was put in run, on the caller's turn. */
    readonly flush: () => void
    readonly table: () => RouteTable
    readonly units: ReadonlyArray<BackendUnit>
    readonly status: () => JsonObject
    /** Fails when the gateway can't go on. */
    readonly failed: Effect.Effect<never, RouterEnded>
  }
>()("sentinel/gateway/Gateway") {
  static readonly layer = (
    settings: GatewaySettings
  ): Layer.Layer<Gateway, never, Connector | InstanceFile> => Layer.effect(Gateway, makeGateway(settings))
}

const makeGateway = Effect.fnUntraced(function* (settings: GatewaySettings) {
  const { backends, bounds, identity, stateDirectory } = settings
  const connector = yield* Connector
  const { instanceId } = yield* InstanceFile
  const gates = yield* Gates
  const launch = yield* launcher()
  const clock = yield* Clock.Clock
  const state = openStateFiles(stateDirectory)
  const seal = makeStateSeal()
  const mailbox = routerMailbox(bounds.calls)
  const supervisor = yield* Supervisor.make({ stopOrder: "together", children: backends.length * 64 + 64 })

  const backendFor = (spec: BackendSpec, slot: Slot, slotKey: string | undefined, capabilities: JsonObject) =>
    new Backend({
      spec,
      slot,
      capabilities,
      identity,
      seal,
      events: {
        onCatalog: (catalog, peer) =>
          void mailbox.tellUrgent({ _tag: "Catalog", backend: spec.name, slot: slotKey, catalog, peer }),
        onLife: (from, to) => {
          mailbox.tellUrgent({ _tag: "Life", backend: spec.name, slot: slotKey, from, to })
          const name = slot.session === undefined ? spec.name : `${spec.name}/${slot.session}`
          launch("log", logLife(name, from, to))
        },
        onResourceUpdated: (params) =>
          void mailbox.tellUrgent({ _tag: "ResourceUpdated", backend: spec.name, slot: slotKey, params }),
        onQuestion: (question) => {
          if (!mailbox.tellUrgent({ _tag: "Question", backend: spec.name, slot: slotKey, question })) nobody(question)
        },
        onNotice: (method, params) =>
          void mailbox.tellUrgent({ _tag: "Notice", backend: spec.name, slot: slotKey, method, params })
      }
    })

  const childOf = (name: string, backend: Backend) => ({
    name,
    restart: "permanent" as const,
    start: backend.run.pipe(Effect.provideService(Connector, connector))
  })
  const units = backends.map((spec) => {
    const shared = backendFor(spec, { backend: spec.name, session: undefined }, undefined, {})
    return new BackendUnit(spec, shared, state.catalogOf(spec))
  })

  let slots = 0
  const hands: Omit<RouterHands, "setTimer"> = {
    openSlot: (unit, key, { capabilities, sessionId }) => ({
      key,
      sessionId,
      catalog: undefined,
      timer: { unit: unit.spec.name, slot: key },
      backend: backendFor(unit.spec, { backend: unit.spec.name, session: `${sessionId}-${++slots}` }, key, capabilities)
    }),
    startSlot: (unit, slot) =>
      supervisor
        .add<never, never>(childOf(childName(unit, slot.backend), slot.backend))
        .pipe(Effect.catch((refused) => Effect.logError(refused.message))),
    stopSlot: (unit, slot) => {
      const name = childName(unit, slot.backend)
      return Effect.sync(() => launch(`stop of ${name}`, supervisor.remove(name)))
    },
    catalogLearned: (backend, catalog) => {
      const spec = backends.find(({ name }) => name === backend)
      if (spec !== undefined) launch(`catalog of ${backend}`, state.saveCatalog(spec, catalog))
    },
    namesChanged: (names) => launch("names", state.saveNames(names))
  }

  const names = keepConfigured(state.names(), backends)
  const router = yield* startRouter(
    { units, owners: new NameOwners(names, bounds.tools * namesPerTool), gates, bounds, identity },
    hands,
    mailbox
  )
  // A spawn holds the event loop for about 10 ms: in between, clients that are there already get their answers.
  const startAll = Effect.forEach(
    units,
    ({ shared, spec }) => Effect.yieldNow.pipe(Effect.andThen(supervisor.add<never, never>(childOf(spec.name, shared)))),
    { discard: true }
  )
  yield* fork("start of the backends", startAll)

  const inputTimers = yield* DeadlineTimer.make<() => void>("timer of the sessions", (due) => {
    for (const timedOut of due) timedOut()
  })
  const inputMillis = Math.max(1_000, ...backends.map(({ inputTimeoutMillis }) => inputTimeoutMillis))
  const describe = () => ({
    instanceId,
    pid: process.pid,
    version: identity.version,
    running: router.port.load.running,
    ...describeGateway(units, router.mind.table, Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000)
  })
  yield* fork("status file", keepStatusFile(state, instanceId, describe))
  yield* Effect.addFinalizer(() => state.removeStatus(instanceId))

  return Gateway.of({
    connect: ({ send, sessionId }) =>
      new Session({
        id: sessionId,
        principal: localPrincipal,
        identity,
        router: router.port,
        send,
        log: (message) => launch("log", Effect.logWarning(message)),
        inputTimer: (timedOut) => {
          inputTimers.add(timedOut, inputMillis)
          return () => void inputTimers.remove(timedOut)
        }
      }),
    flush: router.port.flush,
    table: () => router.mind.table,
    units,
    status: describe,
    failed: router.ended.pipe(Effect.andThen(Effect.fail(new RouterEnded())))
  })
})

const childName = (unit: BackendUnit, backend: Backend): string =>
  `${unit.spec.name}/${backend.settings.slot.session ?? ""}`

/** Names of backends that are configured no more are free again. */
const keepConfigured = (
  names: ReadonlyMap<string, string>,
  backends: ReadonlyArray<BackendSpec>
): ReadonlyMap<string, string> => {
  const configured = new Set(backends.map(({ name }) => name))
  return new Map([...names].filter(([, owner]) => configured.has(owner)))
}

/** Writes the status file for `sentinel status`, when it would say something new. */
const keepStatusFile = (state: StateFiles, instanceId: string, describe: () => JsonObject): Effect.Effect<void> => {
  let written = ""
  return Effect.gen(function* () {
    const status = describe()
    const clock = yield* Clock.Clock
    const now = Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000
    const moments = momentsOf(status, now)
    if (moments !== written) {
      written = moments
      const at = yield* Clock.currentTimeMillis
      yield* state.saveStatus(instanceId, { at, ...status })
    }
    yield* Effect.sleep(statusMillis)
  }).pipe(
    Effect.catch((error) => Effect.logWarning(error.message).pipe(Effect.andThen(Effect.sleep(statusMillis * 60)))),
    Effect.forever
  )
}
