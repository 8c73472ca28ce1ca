import * as Effect from "effect/Effect"
import { BackendActor } from "../../src/backend/BackendActor.ts"
import type { BackendMessage } from "../../src/backend/BackendMessage.ts"
import { Connection } from "../../src/backend/Connection.ts"
import type { Peer } from "../../src/backend/Handshake.ts"
import type { Transport } from "../../src/backend/Transport.ts"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import type { AddressedCall, Call } from "../../src/domain/Call.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { emptyCatalog, type Catalog } from "../../src/domain/Catalog.ts"
import type { Outcome } from "../../src/domain/Outcome.ts"
import { makeStateSeal } from "../../src/protocol/RequestState.ts"
import { specOf } from "../tree/memoryGateway.ts"

export const peer: Peer = {
  dialect: { era: "stateful", version: "2025-11-25", identity: { name: "sentinel-gateway", version: "0" } },
  capabilities: {},
  serverInfo: {},
  instructions: undefined
}

/** An actor fed by hand: its clock, its timer and its connections do nothing by themselves. */
export const standing = (spec: BackendSpec = specOf("a")) => {
  let now = 0
  const catalogs: Array<Catalog> = []
  const written: Array<string> = []
  const awaited: Array<string> = []
  const notices: Array<string> = []
  const nothing = (): undefined => undefined
  const actor: BackendActor = new BackendActor(
    spec,
    makeStateSeal(),
    {
      now: () => now,
      random: () => 0.5,
      setTimer: nothing,
      clearTimer: nothing,
      connect: () => Effect.void,
      disconnect: nothing,
      awaitCredentials: () => Effect.sync(() => void awaited.push(actor.life._tag)),
      relist: () => Effect.void
    },
    {
      onCatalog: (catalog) => void catalogs.push(catalog),
      onLife: nothing,
      onResourceUpdated: nothing,
      onQuestion: nothing,
      onNotice: (method) => void notices.push(method)
    }
  )
  const tell = (...batch: ReadonlyArray<BackendMessage>): void =>
    actor.receive(batch).forEach((effect) => Effect.runSync(effect))
  /** Ids of requests that are written, and have not reached the other side. */
  const unsent = new Set<string>()
  const dropped: Array<string> = []
  const transport: Transport = {
    pid: undefined,
    isUnsent: (id) => unsent.has(id),
    drop: (id) => void dropped.push(id),
    write: (frame) => void written.push(frame),
    backlogBytes: () => 0,
    // As over HTTP: whoever is killed knows of no request any more.
    kill: () => unsent.clear(),
    stderr: () => []
  }
  /** Connection `epoch` comes up. */
  const up = (epoch: number, by: Peer = peer): void => {
    const connection = new Connection(epoch, transport, actor.unasked)
    tell(
      { _tag: "Connected", epoch, connection },
      { _tag: "Started", epoch, connection, peer: by, catalog: emptyCatalog }
    )
  }
  const later = (millis: number): void => {
    now += millis
    tell({ _tag: "Due", keys: ["lifecycle"] })
  }
  return { actor, awaited, catalogs, dropped, later, notices, tell, unsent, up, written }
}

export const callOf = (
  text: string,
  repeatable = false,
  more: { readonly capabilities?: JsonObject; readonly params?: JsonObject } = {}
) => {
  const outcomes: Array<Outcome> = []
  const call: Call = {
    request: {
      method: "tools/call",
      params: { name: "echo", arguments: { text }, ...more.params },
      principal: { id: "ada" },
      sessionId: "s",
      scope: undefined,
      era: "stateful",
      capabilities: more.capabilities ?? {},
      clientInfo: undefined,
      progressToken: undefined,
      logLevel: undefined
    },
    ended: false,
    holder: undefined,
    settle: (outcome) => void outcomes.push(outcome),
    cancel: () => undefined,
    progress: () => undefined,
    log: () => false
  }
  const addressed: AddressedCall = { call, params: call.request.params, repeatable }
  return { addressed, outcomes }
}
