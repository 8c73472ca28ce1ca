import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as TestClock from "effect/testing/TestClock"
import { InstanceFile } from "../../src/backend/InstanceFile.ts"
import { ConnectError, Connector } from "../../src/backend/Transport.ts"
import { backendDefaults, gatewayBounds } from "../../src/domain/BackendSpec.ts"
import type { BackendSpec, GatewayBounds } from "../../src/domain/BackendSpec.ts"
import { Gateway, type ClientLine } from "../../src/gateway/Gateway.ts"
import { Gates, type Gate } from "../../src/policy/Gate.ts"
import { capturedLogs } from "../kernel/capturedLogs.ts"
import type { MemoryBackend } from "./memoryBackend.ts"
import { MemoryClient } from "./memoryClient.ts"
import { freshDirectory } from "./memoryState.ts"

/** A backend as configured with nothing but its name; without jitter, so that a test knows every time. */
export const specOf = (name: string, changes: Partial<BackendSpec> = {}): BackendSpec => ({
  ...backendDefaults,
  name,
  launch: { type: "stdio", command: "memory", args: [name], env: {}, secrets: [], envPass: [], cwd: undefined },
  prefix: name,
  idempotentTools: [],
  restart: { ...backendDefaults.restart, jitter: 0 },
  health: { ...backendDefaults.health, jitter: 0 },
  circuit: { ...backendDefaults.circuit, jitter: 0 },
  bounds: backendDefaults.boundsStdio,
  ...changes
})

export interface MemorySettings {
  readonly backends: ReadonlyArray<MemoryBackend>
  readonly bounds?: Partial<GatewayBounds>
  readonly gates?: ReadonlyArray<Gate>
  /** Where it keeps its state: a directory of an earlier gateway, to start from what that one knew. */
  readonly stateDirectory?: string
  readonly seed?: string
}

/** A whole gateway in this process: the real tree over scripted backends. */
export interface MemoryGateway {
  readonly gateway: Gateway["Service"]
  readonly connect: (sessionId?: string, of?: Pick<ClientLine, "principal" | "scope">) => MemoryClient
  /** Messages of the log, one line each. */
  readonly logs: ReadonlyArray<string>
  /** How often anything in the tree went to sleep. */
  readonly sleeps: () => number
  readonly stateDirectory: string
}

/** Starts a gateway that lives as long as the scope, and lets it run as far as it comes without time passing. */
export const memoryGateway = Effect.fnUntraced(function* (settings: MemorySettings) {
  const { backends, bounds, gates = [], seed = "sentinel" } = settings
  const stateDirectory = settings.stateDirectory ?? freshDirectory()
  const logs = capturedLogs()
  const clock = yield* countingClock
  const layer = Gateway.layer({
    backends: backends.map(({ spec }) => spec),
    bounds: { ...gatewayBounds, ...bounds },
    stateDirectory,
    identity: { name: "sentinel-gateway", version: "0.0.0" }
  }).pipe(Layer.provide([connectorTo(backends), InstanceFile.none("memory"), logs.layer]))
  const context = yield* Layer.build(layer).pipe(
    Effect.provideService(Gates, gates),
    Effect.provideService(Clock.Clock, clock.counting),
    Random.withSeed(seed)
  )
  const gateway = Context.get(context, Gateway)
  let clients = 0
  yield* settle
  const started: MemoryGateway = {
    gateway,
    stateDirectory,
    logs: logs.lines,
    sleeps: clock.sleeps,
    connect: (sessionId, of) => new MemoryClient(sessionId ?? `client-${++clients}`, gateway, of)
  }
  return started
})

/** Lets everything that can run without time passing run. */
export const settle: Effect.Effect<void> = Effect.forEach(Array.from({ length: 20 }), () => Effect.yieldNow, {
  discard: true
})

/** Lets time pass, and what it brings run. */
export const pass = (millis: number): Effect.Effect<void> => Effect.andThen(TestClock.adjust(millis), settle)

/** Lets every line end that is ending, and those that are there end at once: for the end of a test with slow stops. */
export const endSoon = (backend: MemoryBackend, millis = 60_000): Effect.Effect<void> =>
  Effect.suspend(() => {
    backend.behaviour.stopMillis = 0
    return pass(millis)
  })

const connectorTo = (backends: ReadonlyArray<MemoryBackend>): Layer.Layer<Connector> =>
  Layer.succeed(Connector, {
    connect: ({ name }, slot, events) =>
      backends.find(({ spec }) => spec.name === name)?.open(slot, events) ??
      Effect.fail(new ConnectError({ backend: name, reason: "the test made no such backend" }))
  })

/** The clock of the test, which counts who goes to sleep. */
const countingClock = Effect.clockWith((clock) => {
  let sleeps = 0
  const counting: Clock.Clock = {
    ...clock,
    sleep: (duration) => {
      sleeps++
      return clock.sleep(duration)
    }
  }
  return Effect.succeed({ counting, sleeps: () => sleeps })
})
