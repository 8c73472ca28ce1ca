import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { BackendBounds, BackendSpec, StdioLaunch } from "../../src/domain/BackendSpec.ts"
import { InstanceFile } from "../../src/backend/InstanceFile.ts"
import { StdioConnector } from "../../src/backend/StdioTransport.ts"
import type { StdioOptions } from "../../src/backend/StdioTransport.ts"
import { StopMode } from "../../src/backend/StopMode.ts"
import { Connector } from "../../src/backend/Transport.ts"
import type { Outgoing, TransportEvents } from "../../src/backend/Transport.ts"

export const instanceId = `test-${process.pid}`

/** The spec of a backend that runs this JavaScript. */
export const scriptSpec = (
  script: string,
  launch: Partial<StdioLaunch> = {},
  bounds: Partial<BackendBounds> = {}
): BackendSpec => {
  const { boundsStdio, boundsHttp: _, ...defaults } = backendDefaults
  return {
    ...defaults,
    name: "example",
    prefix: "example",
    idempotentTools: [],
    launch: {
      type: "stdio",
      command: process.execPath,
      args: ["-e", script],
      env: {},
      secrets: [],
      envPass: [],
      cwd: undefined,
      ...launch
    },
    bounds: { ...boundsStdio, ...bounds }
  }
}

/** Remembers what a transport told, and lets a test wait for it. */
export const makeWitness = () => {
  const reads: Array<ReadonlyArray<string>> = []
  const oversize: Array<number> = []
  const exits: Array<string> = []
  const watchers = new Set<() => void>()
  const tell = () => {
    for (const watcher of watchers) watcher()
  }
  const events: TransportEvents = {
    onFrames: (frames) => {
      reads.push(frames)
      tell()
    },
    onOversize: (bytes) => {
      oversize.push(bytes)
      tell()
    },
    onFailed: () => undefined,
    onExit: ({ reason }) => {
      exits.push(reason)
      tell()
    }
  }
  const frames = () => reads.flat()
  const until = (happened: () => boolean) =>
    Effect.callback<void>((resume) => {
      const look = () => {
        if (!happened()) return
        watchers.delete(look)
        resume(Effect.void)
      }
      watchers.add(look)
      look()
    })
  return { events, reads, frames, oversize, exits, until }
}

const defaults: StdioOptions = { variables: process.env, ownNode: process.execPath, searchFirst: [] }

/** Everything a stdio backend needs, without a state directory. */
export const stdioLayer = (options: Partial<StdioOptions> = {}) =>
  StdioConnector.layer({ ...defaults, ...options }).pipe(
    Layer.provideMerge(Layer.mergeAll(StopMode.layer, InstanceFile.none(instanceId)))
  )

/** Opens a transport to the backend, with a witness. */
export const connect = Effect.fnUntraced(function* (spec: BackendSpec, session?: string) {
  const connector = yield* Connector
  const witness = makeWitness()
  const transport = yield* connector.connect(spec, { backend: spec.name, session }, witness.events)
  return { transport, witness }
})

/** Opens a transport, waits for its first frame, which the script writes when it is ready, and answers it. */
export const connectReady = Effect.fnUntraced(function* (spec: BackendSpec, session?: string) {
  const { transport, witness } = yield* connect(spec, session)
  yield* witness.until(() => witness.frames().length > 0)
  return { transport, witness, first: witness.frames()[0] ?? "" }
})

/** Milliseconds an effect took, measured on the real clock. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const from = performance.now()
    return Effect.map(effect, () => performance.now() - from)
  })

/** A transport over stdio does not look at what it sends. */
export const anything: Outgoing = { _tag: "Reply" }
