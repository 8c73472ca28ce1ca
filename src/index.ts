/**
 * What people compose gateways of their own from: each part is a Layer or a value behind an interface, and any of them
 * can be replaced. `Gateway.layer(settings)` needs a `Connector` (how backends are reached) and an `InstanceFile`; it
 * takes its `Gates` (the policy) from the context; an edge such as `serveStdio` stands on top.
 *
 * Of use without a gateway: `Supervisor`, and what decides for it, `RestartPolicy` (docs/RESTART-POLICIES.md). How to test
 * a policy or a circuit of one's own is in a second entry, `sentinel-gateway/testing`.
 */
export { Gateway, RouterEnded } from "./gateway/Gateway.ts"
export type { ClientLine, GatewaySettings } from "./gateway/Gateway.ts"
export type { Answering, LonePost } from "./gateway/LonePosts.ts"
export type { Minor, Send } from "./gateway/SessionSettings.ts"
export { serveStdio } from "./edge/StdioEdge.ts"
export type { StdioStreams } from "./edge/ClientLine.ts"
export { standardInput, streamInput } from "./edge/ByteInput.ts"
export type { ByteInput } from "./edge/ByteInput.ts"

export { ConnectError, Connector } from "./backend/Transport.ts"
export type { Slot, Transport, TransportEvents, TransportExit } from "./backend/Transport.ts"
export { StdioConnector } from "./backend/StdioTransport.ts"
export { StopMode } from "./backend/StopMode.ts"
export { InstanceFile } from "./backend/InstanceFile.ts"
export { sweepOrphans } from "./backend/Orphans.ts"

export { Authenticator, Unauthenticated } from "./policy/Authenticator.ts"
export type { Authenticate, Shown } from "./policy/Authenticator.ts"
export { Gates } from "./policy/Gate.ts"
export type { Gate, Passage, Verdict } from "./policy/Gate.ts"

export { load } from "./config/Load.ts"
export { decode } from "./config/Decode.ts"
export { InvalidConfiguration, render, renderAll } from "./config/Problem.ts"
export type { Configuration } from "./config/Configuration.ts"

export { backendDefaults, gatewayBounds } from "./domain/BackendSpec.ts"
export type { BackendSpec, CircuitSettings, GatewayBounds, RestartSettings } from "./domain/BackendSpec.ts"
export { certaintyOf, refusalCodes } from "./domain/Outcome.ts"
export type { Certainty, Outcome, Refusal } from "./domain/Outcome.ts"
export type { Principal } from "./domain/Principal.ts"
export type { Request } from "./domain/Request.ts"

export type { Child, ChildReport, ChildState, Restart } from "./kernel/Child.ts"
export * as Actor from "./kernel/Actor.ts"
export * as Generations from "./kernel/Generations.ts"
export * as Mailbox from "./kernel/Mailbox.ts"
export * as Supervisor from "./kernel/Supervisor.ts"

export * as Circuit from "./machine/Circuit.ts"
export * as Health from "./machine/Health.ts"
export * as Lifecycle from "./machine/Lifecycle.ts"
export * as RestartPolicy from "./machine/RestartPolicy.ts"
