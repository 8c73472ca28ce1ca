import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { InstanceFile } from "../backend/InstanceFile.ts"
import { Connector } from "../backend/Transport.ts"
import type { BackendSpec, GatewayBounds } from "../domain/BackendSpec.ts"
import type { JsonObject } from "../domain/Json.ts"
import { localPrincipal } from "../domain/Principal.ts"
import type { Principal } from "../domain/Principal.ts"
import type { RequestId } from "../domain/Request.ts"
import * as DeadlineTimer from "../kernel/DeadlineTimer.ts"
import { Entropy } from "../kernel/Entropy.ts"
import { fork } from "../kernel/Fork.ts"
import { launcher } from "../kernel/Launcher.ts"
import * as Supervisor from "../kernel/Supervisor.ts"
import { Gates } from "../policy/Gate.ts"
import { makeStateSeal } from "../protocol/RequestState.ts"
import type { Implementation } from "../protocol/Upstream.ts"
import { backendChildren, childrenLimit } from "./BackendChildren.ts"
import type { BackendUnit } from "./BackendUnit.ts"
import { LonePosts } from "./LonePosts.ts"
import type { Answering, LonePost } from "./LonePosts.ts"
import { NameOwners } from "./Names.ts"
import { routerMailbox, startRouter } from "./Router.ts"
import type { RouterHands } from "./RouterHands.ts"
import type { RouteTable } from "./RouteTable.ts"
import { Session } from "./Session.ts"
import type { Send } from "./SessionSettings.ts"
import { StateStore } from "./StateFiles.ts"
import { StateSaves } from "./StateSaves.ts"
import { describeGateway } from "./Status.ts"
import { keepStatusFile } from "./StatusFile.ts"

/** What a gateway is made of: the part of a configuration that it runs by. */
export interface GatewaySettings {
  readonly backends: ReadonlyArray<BackendSpec>
  readonly bounds: GatewayBounds
  readonly stateDirectory: string
  readonly identity: Implementation
}

/** How an edge connects one client. */
export interface ClientLine {
  /** Unlike that of any other client; it does not begin with `http:`, which stands for requests without a session. */
  readonly sessionId: string
  readonly send: Send
  /** By default the local user. */
  readonly principal?: Principal
  /** The one backend that the client talks to, under that backend's own names; `undefined`: the merged gateway. */
  readonly scope?: string | undefined
  /** A request has ended without a reply, because its client cancelled it. */
  readonly unanswered?: (id: RequestId) => void
}

/** The router has ended, which only a defect can bring about: the process can't go on (design, "Root"). */
export class RouterEnded extends Schema.TaggedError<RouterEnded>()("RouterEnded", {}) {
  override get message(): string {
    return "the router has ended; this is a defect of the gateway, see the log above"
  }
}

/** Names remembered for one backend, at most, for each tool that may be listed: names of tools that are gone stay. */
const namesPerTool = 4

/**
 * The running gateway: backends under a supervisor, the router, and a way in for edges. One Layer; its scope is its
 * life, and when the scope has closed no process of a backend is alive.
 */
export class Gateway extends Context.Service<
  Gateway,
  {
    /** Connects a client; its session ends with `close`. */
    readonly connect: (line: ClientLine) => Session
    /** Answers one request of the stateless era that stands alone. It runs at the next `flush`. */
    readonly answer: (post: LonePost) => Answering
    /** Whether a backend of this name is configured: a scope. */
    readonly hasBackend: (name: string) => boolean
    /** The definition of a tool by the name that clients of this scope use; `undefined`: there is none, or not yet. */
    readonly toolDefinition: (scope: string | undefined, name: string) => JsonObject | undefined
    /** Lets what was put in run, on the caller's turn. */
    readonly flush: () => void
    readonly table: () => RouteTable
    readonly units: ReadonlyArray<BackendUnit>
    readonly status: () => JsonObject
    /** Fails when the gateway can't go on. */
    readonly failed: Effect.Effect<never, RouterEnded>
  }
>()("sentinel/gateway/Gateway") {
  static readonly layer = (settings: GatewaySettings): Layer.Layer<Gateway, never, Connector | InstanceFile> =>
    Layer.effect(Gateway, makeGateway(settings))
}

const makeGateway = Effect.fnUntraced(function* (settings: GatewaySettings) {
  const { backends, bounds, identity, stateDirectory } = settings
  const connector = yield* Connector
  const { instanceId } = yield* InstanceFile
  const gates = yield* Gates
  const launch = yield* launcher()
  const clock = yield* Clock.Clock
  const open = yield* StateStore
  const state = open(stateDirectory)
  const saves = new StateSaves(state)
  const mailbox = routerMailbox(bounds.calls)
  const supervisor = yield* Supervisor.make({ stopOrder: "together", children: childrenLimit(backends) })

  const children = backendChildren({
    connector,
    supervisor,
    launch,
    mailbox,
    identity,
    seal: makeStateSeal(yield* Entropy)
  })
  const units = backends.map((spec) => children.makeUnit(spec, state.catalogOf(spec)))
  const hands: Omit<RouterHands, "setTimer"> = {
    openSlot: children.openSlot,
    startSlot: children.startSlot,
    stopSlot: children.stopSlot,
    catalogLearned: (backend, catalog) => {
      const spec = backends.find(({ name }) => name === backend)
      if (spec !== undefined) launch(`catalog of ${backend}`, saves.catalog(spec, catalog))
    },
    namesChanged: (names) => launch("names", saves.names(names))
  }

  const router = yield* startRouter(
    { units, owners: new NameOwners(state.names(), bounds.tools * namesPerTool), gates, bounds, identity },
    hands,
    mailbox
  )
  // A spawn holds the event loop for about 10 ms: in between, clients that are there already get their answers.
  const startAll = Effect.forEach(units, (unit) => Effect.yieldNow.pipe(Effect.andThen(children.startShared(unit))), {
    discard: true
  })
  yield* fork("start of the backends", startAll)

  const inputTimer = yield* makeInputTimer(backends)
  const describe = () => ({
    instanceId,
    pid: process.pid,
    version: identity.version,
    running: router.port.load.running,
    ...describeGateway(units, router.mind.table, Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000)
  })
  // Before the fork: finalizers run from the last to the first, and a save under way would put the file back.
  yield* Effect.addFinalizer(() => state.removeStatus(instanceId))
  yield* fork("status file", keepStatusFile(state, instanceId, describe))

  const posts = new LonePosts(router.port, identity)
  const names = new Set(backends.map(({ name }) => name))
  return Gateway.of({
    connect: ({ principal = localPrincipal, scope, send, sessionId, unanswered }) =>
      new Session({
        id: sessionId,
        principal,
        scope,
        identity,
        router: router.port,
        send,
        ...(unanswered === undefined ? undefined : { unanswered }),
        log: (message) => launch("log", Effect.logWarning(message)),
        inputTimer
      }),
    answer: (post) => posts.answer(post),
    hasBackend: (name) => names.has(name),
    toolDefinition: (scope, name) => router.mind.view(scope).tools.get(name),
    flush: router.port.flush,
    table: () => router.mind.table,
    units,
    status: describe,
    failed: router.ended.pipe(Effect.andThen(Effect.fail(new RouterEnded())))
  })
})

/** One timer for the questions to all clients: each waits as long as the most patient backend does. */
const makeInputTimer = Effect.fnUntraced(function* (backends: ReadonlyArray<BackendSpec>) {
  const timers = yield* DeadlineTimer.make<() => void>("timer of the sessions", (due) => {
    for (const timedOut of due) timedOut()
  })
  const millis = Math.max(1_000, ...backends.map(({ inputTimeoutMillis }) => inputTimeoutMillis))
  return (timedOut: () => void) => {
    timers.add(timedOut, millis)
    return () => void timers.remove(timedOut)
  }
})
