import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { BackendActor } from "../../src/backend/BackendActor.ts"
import type { BackendMessage } from "../../src/backend/BackendMessage.ts"
import { Connection } from "../../src/backend/Connection.ts"
import type { Peer } from "../../src/backend/Handshake.ts"
import type { Transport } from "../../src/backend/Transport.ts"
import type { AddressedCall, Call } from "../../src/domain/Call.ts"
import { emptyCatalog, type Catalog } from "../../src/domain/Catalog.ts"
import type { Outcome } from "../../src/domain/Outcome.ts"
import { makeStateSeal } from "../../src/protocol/RequestState.ts"
import { specOf } from "../tree/memoryGateway.ts"

const peer: Peer = {
  dialect: { era: "stateful", version: "2025-11-25", identity: { name: "sentinel-gateway", version: "0" } },
  capabilities: {},
  serverInfo: {},
  instructions: undefined
}

/** An actor fed by hand: its clock, its timer and its connections do nothing by themselves. */
const standing = () => {
  let now = 0
  const catalogs: Array<Catalog> = []
  const written: Array<string> = []
  const nothing = (): undefined => undefined
  const actor: BackendActor = new BackendActor(
    specOf("a"),
    makeStateSeal(),
    {
      now: () => now,
      random: () => 0.5,
      setTimer: nothing,
      clearTimer: nothing,
      connect: () => Effect.void,
      disconnect: nothing,
      relist: () => Effect.void
    },
    {
      onCatalog: (catalog) => void catalogs.push(catalog),
      onLife: nothing,
      onResourceUpdated: nothing,
      onQuestion: nothing,
      onNotice: nothing
    }
  )
  const tell = (...batch: ReadonlyArray<BackendMessage>): void => void actor.receive(batch)
  const transport: Transport = {
    pid: undefined,
    write: (frame) => void written.push(frame),
    backlogBytes: () => 0,
    kill: nothing,
    stderr: () => []
  }
  /** Connection `epoch` comes up. */
  const up = (epoch: number): void => {
    const connection = new Connection(epoch, transport, actor.unasked)
    tell({ _tag: "Connected", epoch, connection }, { _tag: "Started", epoch, connection, peer, catalog: emptyCatalog })
  }
  const later = (millis: number): void => {
    now += millis
    tell({ _tag: "Due", keys: ["lifecycle"] })
  }
  return { actor, catalogs, later, tell, up, written }
}

const callOf = (text: string) => {
  const outcomes: Array<Outcome> = []
  const call: Call = {
    request: {
      method: "tools/call",
      params: {},
      principal: { id: "ada" },
      sessionId: "s",
      era: "stateful",
      capabilities: {},
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
  const addressed: AddressedCall = { call, params: { name: "echo", arguments: { text } }, repeatable: false }
  return { addressed, outcomes }
}

/** The second connection is up, and one call is out on it under the first id that there is. */
const second = () => {
  const stage = standing()
  stage.actor.start()
  stage.up(1)
  stage.tell({ _tag: "Lost", epoch: 1, reason: "exited" }, { _tag: "Exited", epoch: 1, reason: "exited" })
  stage.later(10_000)
  stage.up(2)
  const { addressed, outcomes } = callOf("new")
  stage.tell({ _tag: "Call", addressed })
  assert.include(stage.written.at(-1), '"id":"sg:1"')
  return { ...stage, outcomes }
}

const reply = (text: string) => `{"jsonrpc":"2.0","id":"sg:1","result":{"content":"${text}"}}`

describe("INV-17 what comes late from connection 1 while connection 2 is up", () => {
  it("answers no call, though the ids are the same; what comes on connection 2 does", () => {
    const { outcomes, tell } = second()
    tell({ _tag: "Inbound", epoch: 1, frames: [reply("old")] })
    assert.deepStrictEqual(outcomes, [])
    tell({ _tag: "Inbound", epoch: 2, frames: [reply("new")] })
    assert.deepStrictEqual(
      outcomes.map((outcome) => outcome._tag === "Completed" && outcome.resultText),
      ['{"content":"new"}']
    )
  })

  const stale: ReadonlyArray<readonly [what: string, message: BackendMessage]> = [
    ["its loss", { _tag: "Lost", epoch: 1, reason: "late" }],
    ["its end", { _tag: "Exited", epoch: 1, reason: "late" }],
    ["a frame too large", { _tag: "Oversize", epoch: 1, bytes: 1 }],
    ["a failed start", { _tag: "StartFailed", epoch: 1, reason: "late", authentication: true }],
    ["rubbish", { _tag: "Inbound", epoch: 1, frames: ['{"jsonrpc":"2.0","id":1,"result":1}'] }],
    ["its lists", { _tag: "Relisted", epoch: 1, catalog: { ...emptyCatalog, instructions: "of connection 1" } }]
  ]
  for (const [what, message] of stale) {
    it(`changes nothing: ${what}`, () => {
      const { actor, catalogs, outcomes, tell } = second()
      const [life, listed] = [actor.life, catalogs.length]
      tell(message)
      assert.strictEqual(actor.life, life)
      assert.strictEqual(actor.connection?.epoch, 2)
      assert.deepStrictEqual(outcomes, [])
      assert.lengthOf(catalogs, listed)
    })
  }
})
