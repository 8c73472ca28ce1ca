import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import { Timers } from "../kernel/Timers.ts"
import { AddressGuard, systemResolve } from "./AddressGuard.ts"
import type { ResolveAll } from "./AddressGuard.ts"
import type { Credentials } from "./Credentials.ts"
import { askIn, noCredentials } from "./HttpCredentials.ts"
import { closeHttp } from "./HttpFarewell.ts"
import { HttpHeaders } from "./HttpHeaders.ts"
import { HttpTransport } from "./HttpTransport.ts"
import { HttpWire } from "./HttpWire.ts"
import { heldLimit } from "./InFlight.ts"
import { MirroredTools } from "./MirroredTools.ts"
import { StopMode } from "./StopMode.ts"
import { ConnectError, Connector } from "./Transport.ts"
import type { TransportEvents } from "./Transport.ts"
import type { Wire } from "./Wire.ts"

export interface HttpOptions {
  /** What proves who the gateway is, besides the backend's own headers; by default nothing. */
  readonly credentialsFor?: (spec: BackendSpec) => Credentials
  /** Another name service, for tests. */
  readonly resolve?: ResolveAll
  /** Other connections than sockets, for the simulator; `connections`: most at a time. */
  readonly wire?: (spec: BackendSpec, origin: string, connections: number) => Wire
}

/** Connections besides one for each call: notifications, answers, lists, probes, and streams that are listened to. */
export const spareConnections = 16

/**
 * Most sockets to one backend at a time: each call has one, as have calls that wait for their client's answer, and
 * responses that go on after they brought what was awaited.
 */
export const connectionsOf = ({ bounds }: BackendSpec): number => bounds.inFlight * 2 + heldLimit + spareConnections

const open = Effect.fnUntraced(function* (
  spec: BackendSpec,
  events: TransportEvents,
  options: HttpOptions,
  timers: Timers
) {
  const { launch, name: backend } = spec
  if (launch.type !== "http") return yield* refuse(backend, "it has no url; it is not reached over HTTP")
  const url = URL.parse(launch.url)
  if (url === null) return yield* refuse(backend, "its url can't be read")
  const guard = new AddressGuard(backend, url, launch.allowedAddresses)
  const problem = guard.literalProblem()
  if (problem !== undefined) return yield* refuse(backend, problem)
  const credentials = options.credentialsFor?.(spec) ?? noCredentials
  const tools = new MirroredTools(spec.bounds.tools)
  const connections = connectionsOf(spec)
  const wire =
    options.wire?.(spec, url.origin, connections) ??
    new HttpWire(url.origin, guard, options.resolve ?? systemResolve, connections)
  const line = {
    url,
    wire,
    timers,
    headers: new HttpHeaders(launch, credentials, tools),
    maxBytes: spec.bounds.frameBytes,
    ask: yield* askIn(backend, credentials)
  }
  const { transport } = launch
  return new HttpTransport({ backend, line, tools, transport, lingerLimit: spec.bounds.inFlight }, events)
})

const refuse = (backend: string, reason: string) => Effect.fail(new ConnectError({ backend, reason }))

/** Opens lines over HTTP. The first request makes the first connection: until then nothing is known of the server. */
export const makeHttpConnector = (
  options: HttpOptions,
  mode: StopMode["Service"],
  timers: Timers
): Connector["Service"] => ({
  connect: (spec, _slot, events) =>
    Effect.acquireRelease(open(spec, events, options, timers), (transport) => closeHttp(transport, mode)),
  credentialsRenewed: (spec) => Effect.suspend(() => options.credentialsFor?.(spec).renewed ?? Effect.never)
})

/** The connector of HTTP backends. It loads undici, so it is loaded itself by the first such backend. */
export const HttpConnector = {
  layer: (options: HttpOptions = {}): Layer.Layer<Connector, never, StopMode> =>
    Layer.effect(
      Connector,
      Effect.gen(function* () {
        return makeHttpConnector(options, yield* StopMode, yield* Timers)
      })
    )
}
